// The groups of very many errors are found once, in a few seconds. Until then the page shows those of the first errors.
const sampled = document.querySelector("[data-summarize]");

async function summarize() {
  const note = sampled.querySelector("[data-note]");
  const before = note.innerHTML;
  note.textContent = "Grouping all errors…";
  try {
    const response = await fetch(sampled.dataset.summarize);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const all = page.getElementById("groups");
    if (response.ok && all) return sampled.replaceWith(all);
  } catch {
    // The server is not reachable at the moment: the link stays.
  }
  note.innerHTML = before;
}

if (sampled) summarize();
