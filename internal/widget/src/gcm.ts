// Google Consent Mode: what analytics_storage is granted or denied in the data layer, now and later (Rule C-53).
import { Tag } from "./settings";

export default (tag: Tag) => new Promise<void>((ready) => {
  const layer: any[] = (window as any).dataLayer ||= [];
  let first: string, regional: unknown, updated: string, wait = 0, timer: any;
  try {
    // Who was asked on an earlier page is about to be remembered by the dialog as well.
    if (localStorage.bellwether || sessionStorage.bellwether) wait = 500;
  } catch {}
  const heed = (entry: any) => {
    const to = entry?.[2], said = to?.analytics_storage;
    if (entry?.[0] != "consent" || !to) return;
    if (entry[1] == "update") updated = said || updated;
    else if (entry[1] == "default") {
      wait = Math.max(wait, Math.min(500, to.wait_for_update | 0));
      if (!to.region) first = said || first;
      else if (said == "denied") regional = 1; // who is in that region Google knows, not we
    }
    const now = updated || (regional ? "denied" : first);
    clearTimeout(timer);
    if (now) timer = setTimeout(() => (tag("consent", now == "granted" ? 2 : 0), ready()), now == updated || now == "granted" ? 0 : wait);
  };
  layer.forEach(heed);
  const push = layer.push;
  layer.push = function (...entries) {
    const length = push.apply(this, entries);
    entries.forEach(heed);
    return length;
  };
  if (!timer) ready();
});
