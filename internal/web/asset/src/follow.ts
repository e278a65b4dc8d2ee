// <bw-follow>: a part of a page that follows the form it stands in. What is filled in is sent a moment after it was changed;
// an answer that a later change has overtaken is not shown.
class Follow extends HTMLElement {
  private waiting = 0;
  private asked = new AbortController();
  private readonly changed = () => {
    window.clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => void this.ask(), 400);
  };

  connectedCallback() {
    this.closest("form")?.addEventListener("input", this.changed);
  }

  disconnectedCallback() {
    window.clearTimeout(this.waiting);
    this.asked.abort();
  }

  private async ask() {
    const form = this.closest("form");
    if (!form) return;
    this.asked.abort();
    this.asked = new AbortController();
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      const answer = await fetch(this.dataset.src ?? "", { method: "POST", body, signal: this.asked.signal, headers: { Accept: "text/html", "Bw-Part": "1" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
    } catch {
      // left, or overtaken: the next change asks again
    }
  }
}

customElements.define("bw-follow", Follow);
