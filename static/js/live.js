// Shows a page anew when what it says has changed. Asks only while somebody looks at it, and is
// answered with a header alone (304) as long as nothing changed. Without this script the page
// reloads itself once a minute.

const EVERY = 15_000; // milliseconds

const live = document.querySelector("[data-live]");
let timer;

async function look() {
  if (document.hidden) return;
  const { live: address, version } = live.dataset;
  const headers = { Accept: "application/json", "If-None-Match": `"${version}"` };
  try {
    const answer = await fetch(address, { cache: "no-store", headers });
    const gone = answer.status === 401 || answer.status === 404;
    if (gone || (answer.ok && (await answer.json()).version !== version)) show();
  } catch {
    // No network: what the page says stays as it is, and the next look tries again.
  }
}

/** Not while a tap is on its way: its answer shows the page anew anyway. */
function show() {
  if (!document.querySelector("form[data-sent]")) location.reload();
}

function watch() {
  clearInterval(timer);
  if (document.hidden) return;
  timer = setInterval(look, EVERY);
  look();
}

if (live) {
  document.addEventListener("visibilitychange", watch);
  // The Back button may show the page as it was left.
  addEventListener("pageshow", (event) => event.persisted && look());
  timer = setInterval(look, EVERY);
}
