// Submitted forms as leads. Fields are read by what they are for, so that no password or card is ever looked at.
import { Tag } from "./settings";

const uses: Record<string, RegExp> = { phone: /tel|phone|mobile|телефон/i, email: /e-?mail|почта|пошта/i, name: /name|имя|фио|ім.?я|піб/i };
let on: unknown, last = "";

function submitted(tag: Tag, form: HTMLFormElement) {
  if (form.closest("[data-no-lead]") || form.getAttribute("role") == "search" || form.method == "get" && form.querySelector("[type=search]")) return;
  const lead: Record<string, string> = { kind: "form", form: form.getAttribute("name") || form.id || form.getAttribute("action") || "" };
  for (const field of form.elements as any) {
    if (!/^(text|tel|email|textarea)$/.test(field.type) || /^cc-/.test(field.autocomplete)) continue;
    const use = field.type in { tel: 1, email: 1 } ? { tel: "phone", email: "email" }[field.type as "tel"]
      : Object.keys(uses).find((use) => uses[use].test(field.autocomplete + " " + field.name + " " + field.id));
    if (use && !/user.?name|login/i.test(field.name)) lead[use] ||= field.value.trim();
  }
  // A form that is sent twice, by its own script and by the browser, is one lead.
  const same = JSON.stringify(lead);
  if (same != last) tag("lead", lead);
  last = same;
  setTimeout(() => last = "", 1e4);
}

export default (tag: Tag) => {
  on ||= (addEventListener("submit", (e) => submitted(tag, e.target as HTMLFormElement), true), 1);
};
