// While an import is in progress: fetch its progress every second; without progress, reload the page every three seconds.
const live = document.querySelector("[data-live]");

async function refresh() {
  try {
    const response = await fetch(live.dataset.live);
    if (!response.ok || response.redirected) return location.reload();
    live.innerHTML = await response.text();
    if (live.querySelector("[data-done]")) return location.reload();
  } catch {
    // The server is not reachable at the moment: try again.
  }
  setTimeout(refresh, 1000);
}

if (live) setTimeout(refresh, 1000);
else setTimeout(() => location.reload(), 3000);
