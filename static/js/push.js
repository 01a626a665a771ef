// Notices on this phone: asked for only by a tap, mended on every page, proved by a test.

import { get, post } from "./call.js";
import { ready } from "./worker.js";

const PATIENCE = 60_000; // Milliseconds until the page says that the test did not arrive yet.
const LOOK_EVERY = 1_000;

/** Keep the server's idea of this browser true; says whether notices reach it. */
export async function mend(face) {
  if (!supported() || Notification.permission !== "granted") return false;
  const known = await get(`/devices/${face}`);
  if (!known?.wanted) return false;
  const worker = await ready();
  const held = await worker.pushManager.getSubscription();
  if (known.if_held && !held) return false;
  const same = held && known.key && (await hashed(held.endpoint)) === known.key;
  if (same && sameKey(held.options.applicationServerKey, known.server)) return true;
  return (await tell(face, await subscription(worker, known.server))).ok;
}

/** The page that explains notices and asks for them: `element` has data-face, -key and -test. */
export async function offer(element) {
  const { face, key, test } = element.dataset;
  const go = () => start(element, face, key, test).catch(() => stage(element, "failed"));
  for (const button of element.querySelectorAll("[data-allow]")) button.addEventListener("click", go);
  element.querySelector("[data-again]")?.addEventListener("click", () => prove(element, test));
  if (!isSecureContext) return stage(element, "insecure");
  if (onAppleTab()) return stage(element, "install");
  if (!supported()) return stage(element, "unsupported");
  if (Notification.permission === "denied") return stage(element, "denied");
  stage(element, "ask");
  if (!test && Notification.permission === "granted" && (await mend(face).catch(() => false))) stage(element, "on");
}

async function start(element, face, key, test) {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return stage(element, permission === "denied" ? "denied" : "ask");
  const answer = await tell(face, await subscription(await ready(), key));
  if (!answer.ok) return stage(element, "failed");
  return test ? prove(element, test) : stage(element, "on");
}

async function prove(element, test) {
  stage(element, "waiting");
  const answer = await post(test);
  if (!answer.ok) return stage(element, "failed");
  const { at } = await answer.json();
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    const state = await get(at).catch(() => undefined);
    if (state?.arrived) return stage(element, "arrived");
  }
  return stage(element, "late");
}

/** A subscription under our key: one made under another is of no use to us. */
async function subscription(worker, key) {
  const held = await worker.pushManager.getSubscription();
  if (held && sameKey(held.options.applicationServerKey, key)) return held;
  await held?.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function tell(face, held) {
  return post(`/devices/${face}`, held.toJSON());
}

function supported() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** iPhone and iPad know no notices before the app is on the Home Screen. */
function onAppleTab() {
  return "standalone" in navigator && !navigator.standalone && !("Notification" in window);
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

function stage(element, name) {
  element.dataset.stage = name;
  for (const part of element.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== name;
  const words = element.querySelector(`[data-when="${name}"] p`)?.textContent.trim() ?? "";
  const live = element.querySelector("[data-push-words]");
  if (live && name !== "ask") live.textContent = words;
}
