// One stream of live updates: it names the topics it wants, goes on after the last one it has seen, and tells its owner
// what came. EventSource reconnects and resumes by itself; a new set of topics needs a new one, which resumes by hand.
export type Update = { topic: string; data: string };
export type State = "on" | "off" | "ended";

export class Stream {
  private source?: EventSource;
  private last = "";
  private topics = "";

  constructor(private path: string, private came: (u: Update) => void, private changed: (s: State) => void) {}

  want(topics: string[]) {
    const wanted = [...new Set(topics)].sort().join(",");
    if (wanted === this.topics) return;
    this.topics = wanted;
    this.source?.close();
    this.source = undefined;
    if (wanted) this.open();
  }

  private open() {
    const query = new URLSearchParams({ topics: this.topics });
    if (this.last) query.set("last", this.last);
    const source = new EventSource(this.path + "?" + query);
    this.source = source;
    source.addEventListener("open", () => this.changed("on"));
    source.addEventListener("error", () => this.changed("off"));
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
      this.changed("ended");
    });
  }
}
