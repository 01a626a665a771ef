// How push reaches this browser: subscribed after a tap, mended on every page, given up when it
// is no longer allowed. The page that asks is asking.js.

import { get, post } from "./call.js";
import { ready } from "./worker.js";

const PATIENCE = 30_000; // Milliseconds; a browser that cannot reach its push service may never answer.
const TOLD = "notices"; // In localStorage: as which face this browser told the server of itself.

/** Keep the server's idea of this browser true; says whether notices reach it. */
export async function mend(face) {
  if (!supported()) return false;
  if (Notification.permission !== "granted") return giveUp(face);
  const known = await get(`/devices/${face}`);
  if (!known?.wanted) return false;
  const worker = await ready();
  const held = await worker.pushManager.getSubscription();
  if (known.if_held && !held) return false;
  const same = held && known.key && (await hashed(held.endpoint)) === known.key;
  if (same && sameKey(held.options.applicationServerKey, known.server)) return remember(face);
  const ours = localStorage.getItem(TOLD) === face || known.if_held;
  return (await tell(face, await subscription(worker, known.server, ours))).ok;
}

/** Subscribe and tell the server. Says how it went: joined, denied, private (a window that keeps
    nothing), unreached (the push service, or one that is not known to us) or failed. */
export async function join(face, key) {
  try {
    const worker = await within(PATIENCE, registered());
    const answer = await tell(face, await within(PATIENCE, anew(face, worker, key)));
    return answer.ok ? "joined" : answer.status === 422 ? "unreached" : "failed";
  } catch (error) {
    return { NotAllowedError: "denied", AbortError: "unreached", Unregistered: "private" }[error.name] ?? "failed";
  }
}

export function supported() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** Somebody, or the browser by itself, took the permission back: the clinic must know. */
async function giveUp(face) {
  if (localStorage.getItem(TOLD) !== face) return false;
  const answer = await post(`/devices/${face}/forget`, { why: "blocked" });
  if (answer.ok) localStorage.removeItem(TOLD);
  return false;
}

/** What the server does not know as this person's may be the last one's: then what is still on its
    way to them must not arrive here. */
async function anew(face, worker, key) {
  const held = await worker.pushManager.getSubscription();
  const known = held && (await get(`/devices/${face}`));
  return subscription(worker, key, known?.key && known.key === (await hashed(held.endpoint)));
}

/** A subscription under our key that is `ours`; any other ends. What the server must be told. */
async function subscription(worker, key, ours) {
  const held = await worker.pushManager.getSubscription();
  if (held && ours && sameKey(held.options.applicationServerKey, key)) return held.toJSON();
  await held?.unsubscribe();
  const fresh = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  return { ...fresh.toJSON(), before: held?.endpoint };
}

async function tell(face, subscribed) {
  const answer = await post(`/devices/${face}`, subscribed);
  if (answer.ok) remember(face);
  return answer;
}

function remember(face) {
  localStorage.setItem(TOLD, face);
  return true;
}

function registered() {
  return ready().catch((error) => Promise.reject(Object.assign(error, { name: "Unregistered" })));
}

function within(time, promise) {
  const late = (_, reject) => setTimeout(() => reject(new DOMException("too late", "AbortError")), time);
  return Promise.race([promise, new Promise(late)]);
}

function sameKey(held, key) {
  if (!held) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(held)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") === key;
}

async function hashed(text) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
