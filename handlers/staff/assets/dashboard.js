// A button that prints: without scripts the browser's own menu does it.
const button = document.querySelector("#print");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const d of document.querySelectorAll("figure details")) d.open = true; // the figures go onto the paper
    window.print();
  });
}
