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
  let asked = 0;
  const show = async () => {
    const mine = ++asked;
    const fields = new FormData(previewed);
    fields.delete("csrfmiddlewaretoken");
    const answer = await fetch(`${preview.dataset.preview}?${new URLSearchParams(fields)}`);
    if (answer.ok && mine === asked) {
      preview.innerHTML = await answer.text();
    }
  };
  previewed.addEventListener("change", show);
  previewed.closest("details").addEventListener("toggle", show, { once: true });
}
