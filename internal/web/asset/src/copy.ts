// <bw-copy>: a button that copies; it exists only where it can.
class Copy extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard || this.firstChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small";
    button.textContent = this.dataset.label ?? "";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(this.dataset.text ?? "");
      button.textContent = this.dataset.done ?? "";
      window.setTimeout(() => (button.textContent = this.dataset.label ?? ""), 2000);
    });
    this.append(button);
  }
}

customElements.define("bw-copy", Copy);
