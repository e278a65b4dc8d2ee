// <bw-since>: how long ago an instant was, counted on by the second. The clock of the server counts: what it said when it
// drew the page is compared with the browser's own.
class Since extends HTMLElement {
  private timer = 0;
  private skew = 0;

  connectedCallback() {
    this.skew = Date.parse(this.dataset.now ?? "") - Date.now();
    this.timer = window.setInterval(() => this.show(), 1000);
  }

  disconnectedCallback() {
    window.clearInterval(this.timer);
  }

  private show() {
    const seconds = Math.max(0, Math.floor((Date.now() + this.skew - Date.parse(this.dataset.at ?? "")) / 1000));
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (n: number) => String(n).padStart(2, "0");
    this.textContent = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }
}

customElements.define("bw-since", Since);
