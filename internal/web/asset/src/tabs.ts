// Where the tabs are wider than the screen, the one that is open is brought into sight.
function show() {
  for (const tabs of document.querySelectorAll<HTMLElement>(".tabs")) {
    const here = tabs.querySelector<HTMLElement>("[aria-current]");
    if (here) {
      tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;
    }
  }
}

show();
document.addEventListener("htmx:after:swap", show);
