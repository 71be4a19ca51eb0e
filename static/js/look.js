// An import may take a while: say so, and send the form once.
for (const form of document.querySelectorAll("form[data-busy]")) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button.primary");

  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    said.textContent = form.dataset.busy;
  });
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-disabled");
    said.textContent = "";
  });
}
