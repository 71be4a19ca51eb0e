// Dropping a file is the same as choosing it and pressing the button; without this script the form works by itself.
for (const form of document.querySelectorAll("[data-drop]")) {
  const input = form.querySelector('input[type="file"]');
  const button = form.querySelector("button");
  const said = form.querySelector("[data-said]");
  let inside = 0;

  const over = (change) => {
    inside = Math.max(0, inside + change);
    form.classList.toggle("over", inside > 0);
  };
  form.addEventListener("dragenter", (event) => { event.preventDefault(); over(1); });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("dragleave", () => over(-1));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    over(-inside);
    if (event.dataTransfer.files.length !== 1) {
      said.textContent = "Drop one file at a time.";
      return;
    }
    input.files = event.dataTransfer.files;
    form.requestSubmit(button);
  });
  form.addEventListener("submit", () => {
    button.setAttribute("aria-disabled", "true");
    said.textContent = form.dataset.busy;
  });
  // Coming back with the Back button shows the page as it was left.
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-disabled");
    said.textContent = "";
  });
}
