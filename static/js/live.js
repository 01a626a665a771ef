// Shows a page anew when what it says has changed. Asks only while somebody looks at it;
// without this script the page reloads itself once a minute.

const EVERY = 20_000; // milliseconds

const live = document.querySelector("[data-live]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(live.dataset.live, { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 404) return location.reload();
    if (!answer.ok) return;
    const { version } = await answer.json();
    if (version !== live.dataset.version) location.reload();
  } catch {
    // No network: what the page says stays as it is, and the next look tries again.
  }
}

if (live) {
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}
