// While an import runs: its progress is fetched every second; what has none of its own is looked at every three seconds.
const live = document.querySelector("[data-live]");

async function look() {
  try {
    const answer = await fetch(live.dataset.live);
    if (!answer.ok || answer.redirected) return location.reload();
    live.innerHTML = await answer.text();
    if (live.querySelector("[data-done]")) return location.reload();
  } catch {
    // The server is away for a moment: the next look tells.
  }
  setTimeout(look, 1000);
}

if (live) setTimeout(look, 1000);
else setTimeout(() => location.reload(), 3000);
