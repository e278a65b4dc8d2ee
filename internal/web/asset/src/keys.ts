// Keys of the page: Ctrl-K and / for the palette, ? for the list of keys, j and k for rows, Enter to open one, s for support.
import { byID, typing } from "./page";

function show(id: string) {
  const dialog = byID<HTMLDialogElement>(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.code === "KeyK") {
    event.preventDefault();
    show("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  switch (true) {
    case event.key === " " && (event.target as Element).matches("a[role=switch], a[role=button]"):
      event.preventDefault();
      (event.target as HTMLElement).click();
      break;
    case event.key === "/":
      event.preventDefault();
      show("palette");
      break;
    case event.key === "?":
      show("shortcuts");
      break;
    case event.code === "KeyJ":
      step(1);
      break;
    case event.code === "KeyK":
      step(-1);
      break;
    case event.code === "KeyS":
      document.querySelector<HTMLElement>(".chat-opener")?.click();
      event.preventDefault();
      break;
    case event.key === "Enter":
      openRow(event);
      break;
  }
});

// step moves the focus to the row below or above; the first key of all goes to the first row of the page. It goes by
// the place of the key, so that it works on a Russian or Ukrainian keyboard as well.
function step(by: number) {
  const here = document.activeElement?.closest<HTMLElement>("tr.row");
  const table = here?.closest("tbody") ?? document.querySelector("main bw-table tbody");
  const rows = [...(table?.querySelectorAll<HTMLElement>("tr.row:not([aria-hidden])") ?? [])];
  if (rows.length === 0) return;
  const at = here ? rows.indexOf(here) + by : 0;
  rows[Math.max(0, Math.min(rows.length - 1, at))].focus();
}

function openRow(event: KeyboardEvent) {
  const row = event.target as HTMLElement;
  if (row.matches?.("tr.row")) row.querySelector<HTMLAnchorElement>("a.row-link")?.click();
}
