// <bw-narrow>: a field that narrows the list after it to the entries with the words typed.
class Narrow extends HTMLElement {
  connectedCallback() {
    const field = document.createElement("input");
    field.type = "search";
    field.className = "narrow";
    field.placeholder = this.dataset.label ?? "";
    field.setAttribute("aria-label", this.dataset.label ?? "");
    field.addEventListener("input", () => this.narrow(field.value));
    this.replaceChildren(field);
  }

  narrow(text: string) {
    const words = text.toLocaleLowerCase().split(/\s+/);
    for (const item of this.nextElementSibling?.children ?? []) {
      const has = (item.textContent ?? "").toLocaleLowerCase();
      (item as HTMLElement).hidden = !words.every((w) => has.includes(w));
    }
  }
}

customElements.define("bw-narrow", Narrow);
