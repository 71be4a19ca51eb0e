// Downloading a large file takes a while: show that it is running, and submit the form once.
for (const form of document.querySelectorAll("form[data-busy]")) {
  const message = form.querySelector("[data-message]");
  let busy = false;

  form.addEventListener("submit", (event) => {
    if (busy) event.preventDefault();
    busy = true;
    event.submitter?.setAttribute("aria-disabled", "true");
    message.textContent = form.dataset.busy;
  });
  // The Back button may show the page from the browser's cache, still disabled.
  window.addEventListener("pageshow", () => {
    busy = false;
    message.textContent = "";
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  });
}
