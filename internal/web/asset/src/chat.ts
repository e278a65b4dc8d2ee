// <bw-chat>: the conversation in the corner. Its button opens a panel that stays open from page to page; what the panel
// holds is fetched when it is opened first. Without scripts the button is a link to the conversation's page.
import { byID } from "./page";

const minute = 60_000;
const hereEvery = 25_000;
const openKey = "bw-chat-open";

class Chat extends HTMLElement {
  private timers: number[] = [];
  private here = () => {
    if (this.dataset.here && document.visibilityState === "visible") void fetch(this.dataset.here, { method: "POST" }).catch(() => undefined);
  };

  connectedCallback() {
    if (this.dataset.here) {
      this.here();
      this.timers.push(window.setInterval(this.here, hereEvery));
      document.addEventListener("visibilitychange", this.here);
    }
    if (!this.dataset.panel) return;
    this.opener.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.panel.hidden ? void this.open(true) : this.close();
    }, true);
    this.querySelector(".chat-closer")?.addEventListener("click", () => this.close());
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    this.timers.push(window.setInterval(() => void this.head(), minute));
    if (sessionStorage.getItem(openKey) === this.dataset.panel) void this.open(false);
  }

  disconnectedCallback() {
    this.timers.forEach((t) => clearInterval(t));
    document.removeEventListener("visibilitychange", this.here);
  }

  private get opener() {
    return this.querySelector(".chat-opener") as HTMLElement;
  }

  private get panel() {
    return byID("chat-panel") as HTMLElement;
  }

  private get body() {
    return this.querySelector(".chat-body") as HTMLElement;
  }

  private async open(focus: boolean) {
    this.panel.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    sessionStorage.setItem(openKey, this.dataset.panel ?? "");
    if (!this.querySelector("bw-talk")) await this.load();
    else this.querySelector<HTMLElement & { fresh(): Promise<void> }>("bw-talk")?.fresh();
    if (focus) (this.querySelector<HTMLElement>("textarea") ?? this.body).focus();
  }

  private close() {
    this.panel.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    sessionStorage.removeItem(openKey);
    this.opener.focus();
  }

  // load falls back to the page where the panel cannot be had.
  private async load() {
    try {
      const answer = await fetch(this.dataset.panel ?? "", { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.body.replaceChildren(...[...page.body.childNodes].map((n) => document.adoptNode(n)));
      // Its topic is one that the page listens to from now on.
      dispatchEvent(new Event("pageshow"));
    } catch {
      location.assign((this.opener as HTMLAnchorElement).href);
    }
  }

  // head asks anew who is there, while anybody looks.
  private async head() {
    const head = this.querySelector<HTMLElement>("[data-refresh-every]");
    if (!head || this.panel.hidden || document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(head.dataset.refreshEvery ?? "");
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-refresh-every]");
      if (fresh) head.replaceWith(document.adoptNode(fresh));
    } catch {
      // In a minute again.
    }
  }
}

customElements.define("bw-chat", Chat);
