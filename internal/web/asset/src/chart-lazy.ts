// <bw-chart>: the drawing of the server becomes an interactive one when it comes into view; the library is loaded then,
// once, and not before the page has settled.
import { told } from "./page";

type Part = { draw(chart: HTMLElement): void };

let part: Promise<Part> | undefined;

function library(): Promise<Part> {
  part ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = told.chartStyle;
    style.addEventListener("load", () => import(told.chart).then(resolve, reject));
    style.addEventListener("error", reject);
    document.head.append(style);
  });
  return part;
}

class Chart extends HTMLElement {
  private seen?: IntersectionObserver;

  connectedCallback() {
    this.seen = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return;
      this.seen?.disconnect();
      const idle = window.requestIdleCallback ?? ((run: () => void) => window.setTimeout(run, 200));
      idle(() => void library().then((p) => this.isConnected && p.draw(this), () => undefined));
    });
    this.seen.observe(this);
  }

  disconnectedCallback() {
    this.seen?.disconnect();
  }
}

customElements.define("bw-chart", Chart);
