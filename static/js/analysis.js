// An import can take a while: show that it is running, and submit the form once.
for (const form of document.querySelectorAll("form[data-busy]")) {
  const message = form.querySelector("[data-message]");
  const button = form.querySelector("button.primary");

  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-disabled", "true");
    message.textContent = event.submitter?.formNoValidate ? "" : form.dataset.busy;
  });
  for (const field of form.elements) {
    // The number of rows on the button is that of the settings which the page was loaded with.
    field.addEventListener("input", () => {
      button.textContent = button.dataset.changed;
    });
    // A field that the browser reports as invalid must be visible.
    field.addEventListener("invalid", () => field.closest("details")?.setAttribute("open", ""));
  }
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-disabled");
    message.textContent = "";
  });
}

// Enter in a field with a button of its own presses that button; it never imports the file.
for (const part of document.querySelectorAll("[data-own-button]")) {
  part.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      part.querySelector("button").click();
    }
  });
}

// Live preview of the first rows while file settings are changed.
const fileSettings = document.querySelector("[data-file-settings]");
const preview = document.querySelector("[data-preview]");
if (fileSettings && preview) {
  const delay = 300; // ms after the last key
  let request = new AbortController();
  let timer = 0;
  const show = async () => {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    const fields = [...fileSettings.querySelectorAll("input, select")].map((field) => [field.name, field.value]);
    const address = `${preview.dataset.preview}?${new URLSearchParams(fields)}`;
    try {
      const response = await fetch(address, { signal });
      preview.innerHTML = response.ok && !response.redirected ? await response.text() : "";
    } catch {
      if (!signal.aborted) preview.innerHTML = "";
    }
  };
  // Enter in one of these fields applies the settings; it never imports the file.
  fileSettings.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      fileSettings.querySelector("button").click();
    }
  });
  fileSettings.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, delay);
  });
  fileSettings.closest("details").addEventListener("toggle", show, { once: true });
}
