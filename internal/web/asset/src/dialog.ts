// Dialogs: openers for browsers that do not know commandfor, the dialog of the shell into which a link fetches its page,
// and closing by a click beside it. Focus goes back to where it came from; the browser sees to that.
import { byID } from "./page";

function open(dialog: HTMLDialogElement) {
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const opener = target.closest<HTMLElement>("[data-opens]");
  if (opener) {
    const dialog = byID<HTMLDialogElement>(opener.dataset.opens ?? "");
    if (dialog) {
      event.preventDefault();
      open(dialog);
    }
    return;
  }
  const closer = target.closest("[data-closes]");
  const around = closer?.closest("dialog");
  if (around) {
    event.preventDefault();
    event.stopImmediatePropagation();
    around.close();
    return;
  }
  if (target instanceof HTMLDialogElement && beside(target, event)) target.close();
}, true);

function beside(dialog: HTMLDialogElement, event: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

type Context = {
  sourceElement?: Element;
  target?: Element;
  select?: string;
  swap?: string;
  push?: string;
  response?: { status: number };
};

function contextOf(event: Event): Context {
  return (event as CustomEvent<{ ctx?: Context }>).detail?.ctx ?? {};
}

// A form of the dialog that is refused comes back into the dialog, not into the page behind it.
document.addEventListener("htmx:after:request", (event) => {
  const ctx = contextOf(event);
  const body = byID("dialog-body");
  if (body && ctx.response?.status === 422 && ctx.sourceElement?.closest("#dialog")) {
    Object.assign(ctx, { target: body, select: "#main-body", swap: "innerHTML strip:true", push: "false" });
  }
});

document.addEventListener("htmx:after:swap", (event) => {
  const ctx = contextOf(event);
  const dialog = byID<HTMLDialogElement>("dialog");
  if (!dialog) return;
  if (ctx.target?.id === "dialog-body") {
    open(dialog);
  } else if (dialog.open && ctx.sourceElement?.closest("#dialog")) {
    dialog.close();
  }
});

byID("dialog")?.addEventListener("close", () => {
  byID("dialog-body")?.replaceChildren();
});
