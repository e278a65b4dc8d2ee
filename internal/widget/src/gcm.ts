// Google Consent Mode: what analytics_storage and ad_storage are granted or denied in the data layer, now and later (Rule C-53).
import { Tag } from "./settings";

export default (tag: Tag) => {
  const layer: any[] = (window as any).dataLayer ||= [], state: Record<string, string> = {};
  const heed = (entry: any) => {
    if (entry?.[0] != "consent" || !/default|update/.test(entry[1])) return;
    Object.assign(state, entry[2]);
    if (state.analytics_storage) tag("consent", state.analytics_storage == "granted" ? 2 : 0);
  };
  layer.forEach(heed);
  const push = layer.push;
  layer.push = function (...entries) {
    const length = push.apply(this, entries);
    entries.forEach(heed);
    return length;
  };
};
