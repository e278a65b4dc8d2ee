// Menus are <details>: the browser opens them. Here they close: by Escape, by a click elsewhere, when focus leaves, when
// something of theirs was chosen; and the arrow keys walk through them.
function openMenus(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")];
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  for (const menu of openMenus()) {
    const inside = menu.contains(target);
    const chosen = inside && target.closest("a[href], button[type=submit]") && !target.closest("summary");
    // Above the panel of a phone lies a shade that belongs to the summary: a click on it closes by itself.
    if (!inside || chosen) menu.open = false;
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target as Node)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = (event.target as Element).closest?.<HTMLDetailsElement>("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary")?.focus();
    event.stopPropagation();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll<HTMLElement>(".menu-panel a[href], .menu-panel button, .menu-panel input, .menu-panel select")];
    if (items.length === 0 || (event.target as Element).matches("select, input[type=date]")) return;
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = event.key === "ArrowDown" ? at + 1 : at - 1;
    items[(next + items.length) % items.length].focus();
    event.preventDefault();
  }
});
