// A new version of the app waits until the person takes it: nothing changes under their hands.

import { ready } from "./worker.js";

/** Offer the version that waits, politely, and load the page anew when it has been taken. */
export async function offerNewVersion() {
  const bar = document.querySelector("[data-new-version]");
  const registration = bar && (await ready());
  if (!registration) return;
  const look = () => (bar.hidden = !(registration.waiting && navigator.serviceWorker.controller));
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  bar.querySelector("button").addEventListener("click", () => take(registration));
  look();
}

function take(registration) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  registration.waiting?.postMessage("take-over");
}
