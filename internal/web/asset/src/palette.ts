// <bw-palette>: what is typed narrows the sections and commands; what the server finds for it comes below them. The
// arrow keys choose, Enter goes there, or to the search page where nothing is chosen.
class Palette extends HTMLElement {
  private chosen = 0;
  private timer = 0;
  private asked = 0;

  private get field() {
    return this.querySelector("input") as HTMLInputElement;
  }

  private get list() {
    return this.querySelector("[role=listbox]") as HTMLElement;
  }

  connectedCallback() {
    this.field.addEventListener("input", () => this.typed());
    this.addEventListener("keydown", (event) => this.key(event));
    const dialog = this.closest("dialog");
    this.addEventListener("click", (event) => {
      if ((event.target as Element).closest("a")) dialog?.close();
    });
    this.addEventListener("submit", (event) => this.go(event, dialog), true);
    dialog?.addEventListener("close", () => {
      this.field.value = "";
      this.typed();
    });
    this.typed();
  }

  private shown(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role=option]:not([hidden])")];
  }

  private typed() {
    const words = this.field.value.toLocaleLowerCase().trim().split(/\s+/);
    for (const item of this.list.querySelectorAll<HTMLElement>("[role=option]:not([data-found])")) {
      const has = (item.textContent ?? "").toLocaleLowerCase();
      item.hidden = !words.every((w) => has.includes(w));
    }
    clearTimeout(this.timer);
    this.list.querySelectorAll("[data-found]").forEach((old) => old.remove());
    if (this.dataset.suggest && this.field.value.trim()) {
      this.timer = window.setTimeout(() => void this.ask(this.field.value), 120);
    }
    this.choose(0);
  }

  // ask adds what the server finds; a slow answer to words that were changed meanwhile is dropped.
  private async ask(text: string) {
    const number = ++this.asked;
    try {
      const answer = await fetch(this.dataset.suggest + "?q=" + encodeURIComponent(text));
      if (!answer.ok || number !== this.asked || text !== this.field.value) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const item of page.querySelectorAll<HTMLElement>("[role=option]")) {
        item.dataset.found = "";
        this.list.append(document.adoptNode(item));
      }
      this.choose(this.chosen);
    } catch {
      // Without the server the palette still has the sections.
    }
  }

  private choose(at: number) {
    const items = this.shown();
    this.chosen = items.length === 0 ? -1 : Math.max(0, Math.min(items.length - 1, at));
    for (const old of this.list.querySelectorAll('[aria-selected="true"]')) old.setAttribute("aria-selected", "false");
    const item = items[this.chosen];
    (this.querySelector(".palette-none") as HTMLElement).hidden = items.length > 0;
    this.list.hidden = items.length === 0;
    this.field.setAttribute("aria-expanded", String(items.length > 0));
    if (!item) {
      this.field.removeAttribute("aria-activedescendant");
      return;
    }
    item.id ||= "palette-" + Math.random().toString(36).slice(2);
    item.setAttribute("aria-selected", "true");
    this.field.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  private key(event: KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    }
  }

  // go is what Enter does. It waits for the form's own submission: following a link at the press of the key let the form be
  // submitted as well where the browser was slow to take the focus out of the closed dialog.
  private go(event: SubmitEvent, dialog: HTMLDialogElement | null) {
    const item = this.shown()[this.chosen];
    if (!item) {
      dialog?.close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    item.click();
  }
}

customElements.define("bw-palette", Palette);
