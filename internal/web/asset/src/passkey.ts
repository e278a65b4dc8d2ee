// <bw-passkey>: a form that the browser fills with what a passkey signed, by the standard's own JSON. Where the browser has
// no passkeys the form is not shown.
import { say } from "./toast";

type Ceremony = { Options: { publicKey: object }; Token: string };

// The parts of the standard that are used here and that the library of types does not know yet.
type Keys = {
  parseRequestOptionsFromJSON?(options: object): PublicKeyCredentialRequestOptions;
  parseCreationOptionsFromJSON?(options: object): PublicKeyCredentialCreationOptions;
};

class Passkey extends HTMLElement {
  private busy = false;

  connectedCallback() {
    const keys = window.PublicKeyCredential as unknown as Keys | undefined;
    if (!keys?.parseRequestOptionsFromJSON || !keys.parseCreationOptionsFromJSON) return;
    this.dataset.able = "";
    const form = this.querySelector("form");
    form?.addEventListener("submit", (event) => {
      if (form.elements.namedItem("answer") && (form.elements.namedItem("answer") as HTMLInputElement).value) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!this.busy) void this.ask(form, keys);
    }, true);
  }

  private async ask(form: HTMLFormElement, keys: Keys) {
    this.busy = true;
    try {
      const begun = await fetch(this.dataset.begin ?? "", { method: "POST", headers: { Accept: "application/json" } });
      if (!begun.ok) throw new Error(String(begun.status));
      const ceremony = (await begun.json()) as Ceremony;
      const asked = ceremony.Options.publicKey;
      const found = this.dataset.kind === "create"
        ? await navigator.credentials.create({ publicKey: keys.parseCreationOptionsFromJSON?.(asked) })
        : await navigator.credentials.get({ publicKey: keys.parseRequestOptionsFromJSON?.(asked) });
      if (!found) throw new Error("none");
      (form.elements.namedItem("token") as HTMLInputElement).value = ceremony.Token;
      (form.elements.namedItem("answer") as HTMLInputElement).value = JSON.stringify(found);
      form.requestSubmit();
    } catch {
      say("bad", this.dataset.failed ?? "");
    } finally {
      this.busy = false;
    }
  }
}

customElements.define("bw-passkey", Passkey);
