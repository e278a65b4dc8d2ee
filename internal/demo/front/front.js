// What the shop's own pages do besides the tag: the visitor calls the number that the page shows them.
document.querySelector("form[action='/call']").addEventListener("submit", (e) => {
  e.target.elements.number.value = document.querySelector("a.phone").getAttribute("href").replace(/^tel:/, "");
});
for (const button of document.querySelectorAll("[data-level]")) {
  button.addEventListener("click", () => window.bellwether && bellwether("consent", button.dataset.level));
}
