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

// How the first records look with other options, while they are being chosen.
const previewed = document.querySelector("form[data-previewed]");
const preview = document.querySelector("[data-preview]");
if (previewed && preview) {
  const pause = 300; // ms after the last key
  let asked = new AbortController();
  let timer = 0;
  const show = async () => {
    asked.abort();
    asked = new AbortController();
    const fields = new FormData(previewed);
    fields.delete("csrfmiddlewaretoken");
    const address = `${preview.dataset.preview}?${new URLSearchParams(fields)}`;
    const answer = await fetch(address, { signal: asked.signal }).catch(() => null);
    if (answer?.ok && !answer.redirected) {
      preview.innerHTML = await answer.text();
    }
  };
  previewed.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, pause);
  });
  previewed.closest("details").addEventListener("toggle", show, { once: true });
}
