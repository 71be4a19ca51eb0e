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
    said.textContent = event.submitter?.formNoValidate ? "" : form.dataset.busy;
  });
  // What the browser asks to be corrected must be in sight.
  for (const field of form.elements) {
    field.addEventListener("invalid", () => field.closest("details")?.setAttribute("open", ""));
  }
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-disabled");
    said.textContent = "";
  });
}

// How the first records look with other options, while they are being chosen.
const previewed = document.querySelector("[data-previewed]");
const preview = document.querySelector("[data-preview]");
if (previewed && preview) {
  const pause = 300; // ms after the last key
  let asked = new AbortController();
  let timer = 0;
  const show = async () => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    const fields = [...previewed.querySelectorAll("input, select")].map((field) => [field.name, field.value]);
    const address = `${preview.dataset.preview}?${new URLSearchParams(fields)}`;
    try {
      const answer = await fetch(address, { signal });
      preview.innerHTML = answer.ok && !answer.redirected ? await answer.text() : "";
    } catch {
      if (!signal.aborted) preview.innerHTML = "";
    }
  };
  // Enter in one of these fields reads the file again, and never imports it.
  previewed.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      previewed.querySelector("button").click();
    }
  });
  previewed.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, pause);
  });
  previewed.closest("details").addEventListener("toggle", show, { once: true });
}
