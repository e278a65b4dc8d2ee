// <bw-theme>: the theme changes at once and is kept by the server; without scripts the form does the same by a reload.
class Theme extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("button[name=theme]");
      const form = button?.form;
      if (!button || !form) return;
      event.preventDefault();
      document.documentElement.dataset.theme = button.value;
      for (const other of this.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      void fetch(form.action, { method: "POST", body: new URLSearchParams({ theme: button.value }), redirect: "manual" });
    });
  }
}

customElements.define("bw-theme", Theme);
