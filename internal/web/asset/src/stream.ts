// One stream of live updates: it names the topics it wants, goes on after the last one it has seen, and tells its owner
// what came. EventSource reconnects and resumes by itself; a new set of topics needs a new one, which resumes by hand.
export type Update = { topic: string; data: string };
export type State = "on" | "off" | "ended";

const firstWait = 1000;
const longestWait = 60_000;

export class Stream {
  private source?: EventSource;
  private wait = firstWait;
  private timer?: ReturnType<typeof setTimeout>;
  private last = "";
  private topics = "";

  constructor(private path: string, private came: (u: Update) => void, private changed: (s: State) => void) {}

  want(topics: string[]) {
    const wanted = [...new Set(topics)].sort().join(",");
    if (wanted === this.topics && (this.source || !wanted)) return;
    this.topics = wanted;
    this.source?.close();
    this.source = undefined;
    clearTimeout(this.timer);
    if (wanted) this.open();
  }

  private open() {
    const query = new URLSearchParams({ topics: this.topics });
    if (this.last) query.set("last", this.last);
    const source = new EventSource(this.path + "?" + query);
    this.source = source;
    source.addEventListener("open", () => {
      this.wait = firstWait;
      this.changed("on");
    });
    source.addEventListener("error", () => {
      if (source !== this.source) return;
      this.changed("off");
      if (source.readyState === EventSource.CLOSED) this.later();
    });
    source.addEventListener("update", (event) => {
      this.last = event.lastEventId;
      const line = event.data.indexOf("\n");
      this.came({ topic: line < 0 ? event.data : event.data.slice(0, line), data: line < 0 ? "" : event.data.slice(line + 1) });
    });
    // What was missed is gone: everything has to be read anew.
    source.addEventListener("reset", (event) => {
      this.last = event.lastEventId;
      for (const topic of this.topics.split(",")) this.came({ topic, data: "" });
    });
    // The server ends the stream of somebody who may not read it any more: do not come back.
    source.addEventListener("end", () => {
      source.close();
      this.source = undefined;
      this.changed("ended");
    });
  }

  // later opens the stream anew after an answer that ended it: signed out, or a server that is just starting. EventSource comes back by
  // itself from a broken connection only.
  private later() {
    this.source = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.source && this.topics) this.open();
    }, this.wait);
    this.wait = Math.min(this.wait * 2, longestWait);
  }
}
