// The service worker: shows every push, proves what it showed, and keeps the last good pages.
// The server writes KNOWN above this line: {build, files, icon, badge, words}.

const FILES = `files-${KNOWN.build}`;
const PAGES = "pages-";
const KEEP = "X-Homeward-Keep";
const HOME = "/me";
const SLOW = 6000; // Milliseconds after which a kept page is better than a long wait.
const RETRY = 2000; // Milliseconds before a receipt that did not get through is sent again.

self.addEventListener("install", (event) => event.waitUntil(keepFiles()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("push", (event) => event.waitUntil(show(event)));
self.addEventListener("notificationclick", (event) => event.waitUntil(open(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(mend(event)));
self.addEventListener("message", (event) => event.data === "take-over" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.method === "POST") return leaving(url) && event.respondWith(leave(event.request));
  if (event.request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate" && ours(url)) event.respondWith(page(event));
});

// ---- Push: whatever arrives, exactly one notification is shown ----

async function show(event) {
  const notice = read(event);
  const data = { navigate: notice.navigate, receipt: notice.receipt };
  const full = {
    body: notice.body,
    lang: notice.lang,
    tag: notice.tag,
    renotify: Boolean(notice.tag),
    silent: notice.silent,
    icon: KNOWN.icon,
    badge: KNOWN.badge,
    data,
  };
  // What a phone does not know must not cost the notice itself.
  const shown = self.registration.showNotification(notice.title, full);
  await shown.catch(() => self.registration.showNotification(notice.title, { body: notice.body, data }));
  if (notice.receipt && !notice.stale) await prove(notice.receipt, "shown");
}

/** What to show: the notice; a neutral one when it came too late or cannot be read. */
function read(event) {
  try {
    const said = event.notification ?? event.data.json().notification;
    const navigate = new URL(said.navigate ?? HOME, self.location.origin);
    if (navigate.origin !== self.location.origin || typeof said.title !== "string" || !said.title) return neutral();
    const data = said.data ?? {};
    const notice = {
      title: said.title,
      body: said.body ?? "",
      lang: said.lang ?? "",
      tag: said.tag ?? "",
      silent: said.silent === true,
      navigate: navigate.href,
      receipt: receipt(data.receipt),
    };
    if (!(data.not_after < Date.now())) return notice;
    return { ...notice, ...(data.stale?.title ? data.stale : words()), silent: false, stale: true };
  } catch {
    return neutral();
  }
}

function neutral() {
  return { ...words(), lang: "", tag: "", silent: false, navigate: self.location.origin + HOME, receipt: "" };
}

function words() {
  return KNOWN.words[self.navigator.language?.slice(0, 2)] ?? KNOWN.words.en;
}

/** Where the phone reports: only ever below our own /receipts/. */
function receipt(address) {
  if (typeof address !== "string") return "";
  const url = new URL(address, self.location.origin);
  const ours = url.origin === self.location.origin && url.pathname.startsWith("/receipts/");
  return ours ? url.pathname.replace(/\/(shown|opened)$/, "") : "";
}

async function prove(address, seen) {
  for (const wait of [0, RETRY]) {
    if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      const answer = await fetch(`${address}/${seen}`, { method: "POST", keepalive: true, credentials: "omit" });
      if (answer.ok || answer.status === 404) return;
    } catch {
      // No connection at this moment: the second try is the last, the ladder does the rest.
    }
  }
}

async function open(notification) {
  notification.close();
  const { navigate, receipt } = notification.data ?? {};
  const address = navigate ?? self.location.origin + HOME;
  await Promise.all([bring(address), receipt ? prove(receipt, "opened") : undefined]);
}

/** A page that is open there already is brought forward; others keep what was typed into them. */
async function bring(address) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((client) => client.url === address);
  return there ? there.focus() : self.clients.openWindow(address);
}

// ---- A subscription that the browser changed by itself ----

async function mend(event) {
  for (const face of ["patient", "driver"]) {
    const known = await fetch(`/devices/${face}`);
    if (!known.ok) continue;
    const { wanted, server } = await known.json();
    if (!wanted) continue;
    const fresh = event.newSubscription ?? (await subscribe(server));
    const { token } = await (await fetch("/form-token")).json();
    await fetch(`/devices/${face}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(fresh),
    });
    return;
  }
}

function subscribe(key) {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  return self.registration.pushManager.subscribe(options);
}

// ---- Offline: scripts and styles of this build, and the last good pages of one person ----

async function keepFiles() {
  const cache = await caches.open(FILES);
  // Files of this build never change, so that what the page has just loaded is not loaded again.
  const how = (address) => (address.startsWith("/static/") ? {} : { cache: "reload" });
  await cache.addAll(KNOWN.files.map((address) => new Request(address, how(address))));
}

/** The files of the build before stay: kept pages were made for them. */
async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("files-") && name !== FILES);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

function ours(url) {
  return url.pathname === HOME || url.pathname.startsWith(`${HOME}/`);
}

async function page(event) {
  const network = fetch(event.request).then((answer) => {
    event.waitUntil(keep(event.request, answer.clone()).catch(() => undefined));
    return answer;
  });
  event.waitUntil(network.catch(() => undefined));
  const slow = new Promise((resolve) => setTimeout(resolve, SLOW)).then(() => kept(event.request));
  try {
    return (await Promise.race([network, slow])) ?? (await network);
  } catch {
    return (await kept(event.request)) ?? (await caches.match("/offline")) ?? Response.error();
  }
}

/** Keep what the server lets us keep, under the name of its person only. */
async function keep(request, answer) {
  if (answer.status === 401) await forget(PAGES);
  const whose = answer.headers.get(KEEP);
  if (!whose || answer.redirected || answer.type !== "basic") return;
  const own = PAGES + whose;
  const others = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== own);
  await Promise.all(others.map((name) => caches.delete(name)));
  await (await caches.open(own)).put(request.url, answer);
  if (!(await caches.has(FILES))) await keepFiles();
}

/** The kept copy, with the line that says when it was saved. */
async function kept(request) {
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES));
  for (const name of names) {
    const answer = await (await caches.open(name)).match(request.url);
    if (!answer) continue;
    const text = (await answer.text()).replace("data-kept hidden", "data-kept");
    return new Response(text, { headers: answer.headers });
  }
  return undefined;
}

function leaving(url) {
  return url.pathname === `${HOME}/leave` || url.pathname === "/code" || url.pathname.startsWith("/welcome/");
}

/** Somebody leaves this browser or another person comes: nothing of the last one stays. */
async function leave(request) {
  const out = new URL(request.url).pathname === `${HOME}/leave`;
  try {
    const answer = await fetch(request);
    await forget(out ? "" : PAGES);
    return answer;
  } catch {
    return (await caches.match("/offline")) ?? Response.error();
  }
}

async function forget(beginning) {
  const names = (await caches.keys()).filter((name) => name.startsWith(beginning));
  await Promise.all(names.map((name) => caches.delete(name)));
}
