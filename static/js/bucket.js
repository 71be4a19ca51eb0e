// A large object takes a while: say so, and ask for it once.
for (const form of document.querySelectorAll("form[data-busy]")) {
  const said = form.querySelector("[data-said]");
  let busy = false;

  form.addEventListener("submit", (event) => {
    if (busy) event.preventDefault();
    busy = true;
    event.submitter?.setAttribute("aria-disabled", "true");
    said.textContent = form.dataset.busy;
  });
  // Coming back with the Back button shows the page as it was left.
  window.addEventListener("pageshow", () => {
    busy = false;
    said.textContent = "";
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  });
}
