// Clicks on tel: links and messengers as leads. The lead's form is the link as the page has it: which of its numbers was wanted.
import { Tag } from "./settings";

const messenger = /^(https?:\/\/([\w-]+\.)*(t\.me|wa\.me|api\.whatsapp\.com|m\.me|viber\.com|vb\.me|signal\.me)\/|(viber|tg|whatsapp|skype):)/i;
let on: unknown;

export default (tag: Tag) => {
  on ||= (addEventListener("click", (e) => {
    const href = (e.target as Element).closest?.("a[href],area[href]")?.getAttribute("href") || "";
    if (/^tel:/i.test(href)) tag("lead", { kind: "tel", form: href.slice(4) });
    else if (messenger.test(href)) tag("lead", { kind: "messenger", form: href.split(/[?#]/)[0] });
  }, true), 1);
};
