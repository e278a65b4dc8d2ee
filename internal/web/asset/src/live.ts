// The shared worker: one stream for all pages of the browser, for a server speaking HTTP/1.1 gets six connections from
// it and no more. Each page names its topics and is told of those.
import { Stream, type State } from "./stream";

type Page = { port: MessagePort; topics: string[] };

const pages = new Set<Page>();
let stream: Stream | undefined;
let now: State | undefined;

function want() {
  stream?.want([...pages].flatMap((p) => p.topics));
}

function open(path: string) {
  stream ??= new Stream(path, (update) => {
    for (const p of pages) if (p.topics.includes(update.topic)) p.port.postMessage({ update });
  }, (state) => {
    now = state;
    for (const p of pages) p.port.postMessage({ state });
  });
}

addEventListener("connect", (event) => {
  const page: Page = { port: (event as MessageEvent).ports[0], topics: [] };
  pages.add(page);
  page.port.onmessage = ({ data }) => {
    if (data.close) {
      pages.delete(page);
    } else {
      open(data.path);
      page.topics = data.topics;
      if (now === "off") page.port.postMessage({ state: now });
    }
    want();
  };
});
