// <bw-talk>: a conversation that goes on by itself. What is new is fetched when its topic changes and put at the end;
// a message is sent without leaving the page; how far was read is told to the server.
import { word } from "./page";

class Talk extends HTMLElement {
  private busy = false;
  private again = false;
  private seen = 0;
  private told = "";
  private heard = (event: Event) => {
    if ((event as CustomEvent<{ topic: string }>).detail.topic === this.dataset.topic) void this.fresh();
  };
  private looked = () => {
    if (document.visibilityState === "visible") void this.fresh();
  };

  private moved = () => this.tell();

  connectedCallback() {
    document.addEventListener("bw:update", this.heard);
    document.addEventListener("visibilitychange", this.looked);
    document.addEventListener("htmx:after:swap", this.moved);
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    this.field?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.send();
    });
    this.addEventListener("click", (event) => this.insert(event));
    this.toEnd();
    this.tell();
  }

  disconnectedCallback() {
    document.removeEventListener("bw:update", this.heard);
    document.removeEventListener("visibilitychange", this.looked);
    document.removeEventListener("htmx:after:swap", this.moved);
  }

  private get form() {
    return this.querySelector<HTMLFormElement>("form.talk-form");
  }

  private get field() {
    return this.querySelector<HTMLTextAreaElement>("textarea");
  }

  private get lines() {
    return this.querySelector(".talk-lines") as HTMLElement;
  }

  private get scroller() {
    return this.querySelector(".talk-scroll") as HTMLElement;
  }

  private get last(): number {
    return Number((this.lines.lastElementChild as HTMLElement | null)?.dataset.seq ?? 0);
  }

  // shown tells whether a person can read it now.
  private get shown(): boolean {
    return document.visibilityState === "visible" && this.offsetParent !== null;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  // fresh fetches once at a time; what comes meanwhile is fetched once more.
  async fresh() {
    if (!this.dataset.fresh) return;
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    try {
      const answer = await fetch(this.dataset.fresh + "?after=" + this.last);
      if (answer.ok) this.append(await answer.text());
    } catch {
      // The next update tries again.
    } finally {
      this.busy = false;
    }
    if (this.again) {
      this.again = false;
      void this.fresh();
    }
  }

  append(html: string) {
    const page = new DOMParser().parseFromString("<ol>" + html + "</ol>", "text/html");
    const atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 60;
    let added = false;
    for (const line of [...page.querySelectorAll<HTMLElement>("li[data-seq]")]) {
      if (Number(line.dataset.seq) <= this.last) continue;
      this.lines.append(document.adoptNode(line));
      added = true;
    }
    if (!added) {
      this.tell();
      return;
    }
    this.querySelector(".talk-empty")?.remove();
    if (atEnd) this.toEnd();
    this.tell();
  }

  // tell says how far was read, and on which page, when either changes.
  tell() {
    const last = this.last;
    if (!this.dataset.seen || !this.shown || last === 0 || (last <= this.seen && location.pathname === this.told)) return;
    this.seen = last;
    this.told = location.pathname;
    const body = new URLSearchParams({ seq: String(last), page: location.pathname });
    void fetch(this.dataset.seen, { method: "POST", body }).catch(() => (this.seen = 0));
  }

  private wrong(text: string) {
    const place = this.querySelector<HTMLElement>(".talk-wrong");
    if (!place || !this.field) return;
    (place.querySelector("span") as HTMLElement).textContent = text;
    place.hidden = text === "";
    if (text) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }

  // send keeps the message's name until it has arrived: sent again after a failure it is still one message.
  private async send() {
    const form = this.form;
    const field = this.field;
    const button = form?.querySelector<HTMLButtonElement>("button[type=submit]");
    if (!form || !field || !button || button.disabled || field.value.trim() === "") return;
    button.disabled = true;
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    body.set("page", location.pathname);
    body.set("after", String(this.last));
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "talk" } });
      const text = await answer.text();
      if (answer.ok) {
        field.value = "";
        (form.elements.namedItem("client_id") as HTMLInputElement).value = name();
        this.wrong("");
        this.append(text);
        this.toEnd();
      } else {
        const page = new DOMParser().parseFromString(text, "text/html");
        this.wrong(page.querySelector(".talk-wrong span, .empty h2")?.textContent || word("failed"));
      }
    } catch {
      this.wrong(word("failed"));
    } finally {
      button.disabled = false;
      field.focus();
    }
  }

  // insert puts a saved text into the field.
  private insert(event: Event) {
    const item = (event.target as Element).closest<HTMLElement>("[data-inserts]");
    const field = this.field;
    if (!item || !field) return;
    event.preventDefault();
    event.stopPropagation();
    field.setRangeText(item.dataset.inserts ?? "", field.selectionStart, field.selectionEnd, "end");
    const menu = item.closest("details");
    if (menu) menu.open = false;
    field.focus();
  }
}

function name(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

customElements.define("bw-talk", Talk);
