// What happens around a swap of the main region: the focus goes to it, so that a screen reader reads on there, and a
// request that fails says so without losing the page.
import { byID, word } from "./page";
import { say } from "./toast";

type Detail = { ctx?: { target?: Element; sourceElement?: Element; response?: { status: number } } };

document.addEventListener("htmx:after:swap", (event) => {
  const ctx = (event as CustomEvent<Detail>).detail?.ctx;
  if (ctx?.target?.id !== "main") return;
  // A form or a link within the main region keeps the place of the keyboard where it still exists.
  const id = (document.activeElement as HTMLElement | null)?.id;
  if (!id || id === "main") byID("main")?.focus({ preventScroll: true });
});

document.addEventListener("htmx:error", () => say("bad", word("failed")));
