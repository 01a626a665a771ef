// Lets the worker keep the whole plan, when nobody waits for anything.

const SOON = 3_000; // Milliseconds after a page has loaded.
const FIRST = 15_000; // The same on a first visit, which loads enough as it is.

/** Whether this page is a copy that the worker kept: it knows nothing of "now". */
export function isCopy() {
  return document.documentElement.dataset.keptCopy !== undefined;
}

/** Ask the worker to keep the plan, soon, or at the latest when the phone is put away. */
export function keepPlanSoon() {
  if (!navigator.serviceWorker || isCopy() || !document.querySelector("[data-whose]")) return;
  let asked = false;
  const ask = () => {
    if (!asked) navigator.serviceWorker.controller?.postMessage(how());
    asked ||= navigator.serviceWorker.controller !== null;
  };
  setTimeout(() => whenIdle(ask), navigator.serviceWorker.controller ? SOON : FIRST);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && ask());
}

function how() {
  return navigator.connection?.saveData ? "keep-little" : "keep-plan";
}

function whenIdle(work) {
  if (globalThis.requestIdleCallback) requestIdleCallback(work, { timeout: FIRST });
  else work();
}
