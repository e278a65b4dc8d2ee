// The visitor's code, in every element that asks for it: <b data-bellwether-promo></b>.
import { Answer, Tag } from "./settings";

let code = "", on: unknown;

function show() {
  for (const e of document.querySelectorAll("[data-bellwether-promo]")) if (e.textContent != code) e.textContent = code;
}

export default (_: Tag, answer: Answer) => {
  if (!answer.promo) return;
  code = answer.promo;
  on ||= (new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true }), 1);
  show();
};
