// The worker's notices: whatever arrives, exactly one notification is shown, and it is proved.

import { prove } from "./worker-receipts.js";

const HOME = "/me";
const PATIENCE = 8000; // Milliseconds in which the server must say what time it is.

export async function show(event) {
  const notice = await read(event);
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
async function read(event) {
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
    if (!(await isOver(data.not_after))) return notice;
    return { ...notice, ...(data.stale?.title ? data.stale : words()), silent: false, stale: true };
  } catch {
    return neutral();
  }
}

/** Whether a notice came too late, by the server's clock. The phone's may be fast, and must not hide a
 *  “do not drive” that still holds; push services drop what is too old, so without proof it is in time. */
async function isOver(end) {
  if (!(end < Date.now())) return false;
  try {
    const options = { method: "HEAD", cache: "no-store", credentials: "omit" };
    const answer = await fetch("/manifest.webmanifest", { ...options, signal: AbortSignal.timeout(PATIENCE) });
    // The app and the server before it may both have written one: "Tue, 3 Mar …, Tue, 3 Mar …".
    const date = (answer.headers.get("Date") ?? "").split(", ").slice(-2).join(", ");
    return answer.ok && end < Date.parse(date);
  } catch {
    return false;
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

export async function open(notification) {
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

/** A subscription that the browser changed by itself. */
export async function mend(event) {
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
