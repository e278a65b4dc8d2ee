// <bw-later>: a part of a page that takes long. It is fetched when the element is there, and given up when it goes.
import { htmx, word } from "./page";
import { say } from "./toast";

class Later extends HTMLElement {
  private leaving = new AbortController();

  connectedCallback() {
    void this.load(this.leaving.signal);
  }

  disconnectedCallback() {
    this.leaving.abort();
  }

  private async load(signal: AbortSignal) {
    try {
      const answer = await fetch(this.dataset.src ?? "", { signal, headers: { Accept: "text/html", "Bw-Part": "1" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page.getElementById("main-body") ?? page.body;
      this.replaceChildren(...[...part.childNodes].map((node) => document.adoptNode(node)));
      htmx.process(this);
    } catch {
      if (!signal.aborted) say("bad", word("failed"));
    } finally {
      this.removeAttribute("aria-busy");
    }
  }
}

customElements.define("bw-later", Later);
