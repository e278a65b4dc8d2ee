// <bw-toast>: stays ten seconds, as long as it is pointed at or focused, and for ever where it says that something failed.
import { byID, word } from "./page";

const stay = 10_000;

class Toast extends HTMLElement {
  private timer = 0;

  connectedCallback() {
    if (!this.querySelector("[data-close]")) this.append(this.closer());
    this.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.addEventListener("focusin", () => clearTimeout(this.timer));
    this.addEventListener("pointerleave", () => this.wait());
    this.addEventListener("focusout", () => this.wait());
    // What was taken back cannot be taken back once more.
    this.addEventListener("submit", () => (this.hidden = true));
    this.wait();
  }

  private wait() {
    clearTimeout(this.timer);
    if (!this.classList.contains("toast-bad")) this.timer = window.setTimeout(() => this.remove(), stay);
  }

  private closer(): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.close = "";
    button.className = "button button-quiet button-bare button-small";
    button.setAttribute("aria-label", word("close"));
    button.innerHTML = '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 3.5l9 9M12.5 3.5l-9 9"/></svg>';
    button.addEventListener("click", () => this.remove());
    return button;
  }
}

customElements.define("bw-toast", Toast);

// say shows a toast that a script makes.
export function say(tone: string, text: string) {
  const toast = document.createElement("bw-toast");
  toast.className = "toast toast-" + tone;
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(words);
  byID("toasts")?.append(toast);
}
