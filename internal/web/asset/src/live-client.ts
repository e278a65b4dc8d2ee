// <bw-live>: listens for the topics that elements of the page name (data-topic) and fetches each of these anew
// (data-refresh) when its topic changes. What is fetched has the same id and takes the element's place.
import { told } from "./page";
import { Stream, type State, type Update } from "./stream";

class Live extends HTMLElement {
  private port?: MessagePort;
  private stream?: Stream;
  private fetching = new Set<string>();
  private again = new Set<string>();
  private gone = () => this.port?.postMessage({ close: true });
  private swapped = () => this.listen();

  connectedCallback() {
    const path = this.dataset.stream ?? "";
    if ("SharedWorker" in window) {
      const worker = new SharedWorker(told.live, { type: "module", name: path });
      this.port = worker.port;
      this.port.onmessage = ({ data }) => (data.update ? this.came(data.update) : this.state(data.state));
      worker.onerror = () => this.alone(path);
    } else {
      this.alone(path);
    }
    addEventListener("pagehide", this.gone);
    addEventListener("pageshow", this.swapped);
    document.addEventListener("htmx:after:swap", this.swapped);
    this.listen();
  }

  disconnectedCallback() {
    this.gone();
    removeEventListener("pagehide", this.gone);
    removeEventListener("pageshow", this.swapped);
    document.removeEventListener("htmx:after:swap", this.swapped);
    this.stream?.want([]);
  }

  // alone is a stream of this page's own, where the browser has no shared workers.
  private alone(path: string) {
    this.port = undefined;
    this.stream = new Stream(path, (u) => this.came(u), (s) => this.state(s));
    this.listen();
  }

  private listen() {
    const topics = [...document.querySelectorAll<HTMLElement>("[data-topic]")].map((e) => e.dataset.topic ?? "").filter(Boolean);
    this.port?.postMessage({ path: this.dataset.stream, topics });
    this.stream?.want(topics);
  }

  private state(state: State) {
    document.documentElement.dataset.live = state;
    if (state === "ended") location.reload();
  }

  private came(update: Update) {
    document.dispatchEvent(new CustomEvent("bw:update", { detail: update }));
    for (const element of document.querySelectorAll<HTMLElement>("[data-topic][data-refresh]")) {
      if (element.dataset.topic === update.topic && element.dataset.refresh) void this.refresh(element.id, element.dataset.refresh);
    }
  }

  // writes tells whether the reader is about to write in an element: then it stays.
  private writes(old: HTMLElement) {
    return old.contains(document.activeElement) && !!document.activeElement?.matches("input, textarea, select");
  }

  // put replaces an element. What was typed in it and not sent stays typed, and a button or link that had the focus has it again.
  private put(old: HTMLElement, fresh: HTMLElement) {
    for (const field of old.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea[id], input[id]:not([type=checkbox], [type=radio])")) {
      const same = fresh.querySelector<HTMLInputElement | HTMLTextAreaElement>("#" + CSS.escape(field.id));
      if (same && field.value !== field.defaultValue) same.value = field.value;
    }
    const held = old.contains(document.activeElement) ? placeOf(document.activeElement) : "";
    old.replaceWith(fresh);
    if (!held) return;
    for (const one of fresh.querySelectorAll<HTMLElement>("a[href], button")) {
      if (placeOf(one) === held) one.focus({ preventScroll: true });
    }
  }

  // refresh fetches once at a time; what changes meanwhile is fetched once more.
  private async refresh(id: string, path: string) {
    if (this.fetching.has(id)) {
      this.again.add(id);
      return;
    }
    this.fetching.add(id);
    try {
      const answer = await fetch(path, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
      const fresh = page.getElementById(id);
      const old = document.getElementById(id);
      if (fresh && old && !this.writes(old)) this.put(old, document.adoptNode(fresh));
    } catch {
      // The next update tries again.
    } finally {
      this.fetching.delete(id);
    }
    if (this.again.delete(id)) void this.refresh(id, path);
  }
}

// placeOf is what a link or a button does, by which it is known again.
function placeOf(e: Element | null) {
  return e?.closest("form")?.getAttribute("action") ?? e?.getAttribute("href") ?? "";
}

customElements.define("bw-live", Live);
