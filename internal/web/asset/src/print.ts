// <bw-print>: a button that prints the page; it exists only where scripts run.
class Print extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = this.dataset.label ?? "";
    button.addEventListener("click", () => window.print());
    this.append(button);
  }
}

customElements.define("bw-print", Print);
