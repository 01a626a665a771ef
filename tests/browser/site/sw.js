// The harness's own worker: shows every push, opens what a notification names, has an offline page.
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("harness").then((cache) => cache.add("/offline")).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match("/offline")));
  }
});

self.addEventListener("push", (event) => {
  const { title, body, tag, navigate } = event.data.json();
  const shown = self.registration.showNotification(title, { body, tag, data: { navigate } });
  event.waitUntil(shown.then(() => fetch("/receipt", { method: "POST", body: title })));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.navigate));
});

self.addEventListener("pushsubscriptionchange", (event) => {
  const old = event.oldSubscription ? event.oldSubscription.endpoint : "unknown";
  event.waitUntil(fetch("/changed", { method: "POST", body: old }));
});
