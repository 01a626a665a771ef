// Signing out, and who comes after: nothing of the last person stays, in whatever the browser kept.

import { empty } from "./box.js";

const WHO = "homeward-whose";

/** The page that says so was answered by the server: now everything goes. */
export async function leaveNothing() {
  forget(localStorage);
  forget(sessionStorage);
  await empty();
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
}

/** Browsers keep whole pages for the Back button. One of somebody who has left since is not shown. */
export function guardBack() {
  const whose = document.querySelector("[data-whose]")?.dataset.whose;
  if (!whose) return;
  try {
    localStorage.setItem(WHO, whose);
  } catch {
    return; // Storage is switched off, and with it the worker.
  }
  addEventListener("pageshow", (event) => {
    if (!event.persisted || localStorage.getItem(WHO) === whose) return;
    document.body.hidden = true;
    location.reload();
  });
}

function forget(storage) {
  for (const name of Object.keys(storage)) {
    if (name === WHO || name.startsWith("draft ")) storage.removeItem(name);
  }
}
