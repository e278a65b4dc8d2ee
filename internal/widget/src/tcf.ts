// IAB TCF 2.2: full consent where purposes 1 (storage) and 8 (measurement of content) are granted, or the rules do not apply (Rule C-53).
import { Tag } from "./settings";

export default (tag: Tag) => new Promise<void>((ready) => {
  setTimeout(ready, 500); // a dialog that is still open keeps nobody from the site's numbers
  let tries = 100;
  const ask = () => {
    const api = (window as any).__tcfapi;
    // The stub of the dialog may stand below the tag.
    if (!api) return tries-- && setTimeout(ask, 50);
    api("addEventListener", 2, (data: any, ok: boolean) => {
      if (!ok || data.eventStatus == "cmpuishown") return;
      const given = data.purpose?.consents || {};
      tag("consent", data.gdprApplies === false || (given[1] && given[8]) ? 2 : 0);
      ready();
    });
  };
  ask();
});
