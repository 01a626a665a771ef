// The service worker: shows every push, proves what it showed, keeps the plan, sends what waited.
// The server writes KNOWN above this line, {build, files, icon, badge, words}, and all that is imported.

import { sendAll, waiting } from "./send.js";
import { file, isLeaving, isOurs, keepFiles, leave, ownPages, page, takeOver } from "./worker-pages.js";
import { keepPlan } from "./worker-plan.js";
import { mend, open, show } from "./worker-push.js";
import { proveOwed } from "./worker-receipts.js";

self.addEventListener("install", (event) => event.waitUntil(keepFiles()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("push", (event) => {
  const shown = show(event);
  event.waitUntil(shown); // Not for the pages: a browser looks for the notice when this ends, and it may be wiped away by then.
  shown.finally(refresh).catch(() => undefined);
});
self.addEventListener("notificationclick", (event) => event.waitUntil(open(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(mend(event)));
self.addEventListener("sync", (event) => event.waitUntil(send()));
self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
  if (event.data === "keep-plan") event.waitUntil(Promise.all([proveOwed(), keepPlan()]));
  if (event.data === "keep-little") event.waitUntil(Promise.all([proveOwed(), keepPlan({ little: true })]));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.method === "POST") return isLeaving(url) && event.respondWith(leave(event.request));
  if (event.request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate" && isOurs(url)) event.respondWith(page(event));
});

/** What a notice tells has changed the plan: the phone may be in flight mode when it is opened. */
async function refresh() {
  await proveOwed();
  if (await ownPages()) await keepPlan({ now: true });
}

/** The browser says that there is a connection again; it asks once more if this fails. */
async function send() {
  await proveOwed();
  await sendAll();
  for (const client of await self.clients.matchAll({ type: "window" })) client.postMessage("sent");
  const { unsent } = await waiting();
  if (unsent.length) throw new Error("not all could be sent");
  if (await ownPages()) await keepPlan({ now: true });
}
