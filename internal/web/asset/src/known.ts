// <bw-known>: in the editor of rules a condition offers the values of what it asks about, where these are known, as soon as that is chosen. The
// server does so for what was chosen before.
class Known extends HTMLElement {
  connectedCallback() {
    this.closest("form")?.addEventListener("change", (event) => {
      const field = event.target as HTMLSelectElement;
      if (!field.name?.endsWith(".field")) return;
      const values = field.closest(".rule-condition")?.querySelector<HTMLInputElement>('input[name$=".values"]');
      const list = document.getElementById("known-" + field.value);
      if (!values) return;
      if (list) values.setAttribute("list", list.id);
      else values.removeAttribute("list");
      values.placeholder = (list ?? this).dataset[list ? "words" : "any"] ?? "";
    });
  }
}

customElements.define("bw-known", Known);
