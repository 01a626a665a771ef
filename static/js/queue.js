// What a person says on a page goes into the box first and to the server as soon as that can be reached.

import { add } from "./box.js";
import { forgetDraft } from "./drafts.js";
import { sendAll, waiting } from "./send.js";
import { open, shut } from "./ui.js";
import { draw } from "./unsent.js";

const PATIENCE = 5_000; // Milliseconds until a page goes on without an answer; sending goes on too.
const AT_ONCE = 1_200; // The same for what cannot wait: the numbers to call must not wait for a line.
const AGAIN = 30_000; // Milliseconds between two tries of a page that somebody looks at.
const UNSENT = "/me/unsent";

/** Whose page this is: what another person said on this phone is left alone. */
function whose() {
  return document.querySelector("[data-whose]")?.dataset.whose;
}

/** Take over what a form sends; without a database in this browser the form goes the plain way. */
export function takeOver(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.sent !== undefined) return;
    shut(form);
    const entry = read(form);
    add(entry).then(
      () => goOn(form, entry).catch(() => open(form)),
      () => form.submit(),
    );
  });
}

async function goOn(form, entry) {
  forgetDraft(form);
  const sending = sendAll(entry.whose).catch(() => ({ next: {}, held: "no-connection" }));
  const late = new Promise((resolve) => setTimeout(resolve, entry.urgent ? AT_ONCE : PATIENCE, { next: {} }));
  const outcome = await Promise.race([sending, late]);
  const next = outcome.next[entry.key];
  if (next) return location.assign(next);
  wakeLater();
  const later = next === "" ? UNSENT : form.dataset.later;
  const stays = outcome.held === "sign-in"; // Any other page would only ask who is there.
  if (next === "" || (!stays && (await isKept(later)))) return location.assign(later);
  open(form);
  await showWaiting(outcome.held ?? "");
  lookAtIt();
  showWaiting((await sending).held ?? "");
}

/** Send all that waits, and say how it stands. */
export async function flush() {
  await showWaiting();
  if (whose() === undefined || !isWaiting()) return;
  const outcome = await sendAll(whose());
  await showWaiting(outcome.held ?? "");
}

/** Send whenever there may be a connection again; no phone needs background sync for it. */
export function keepTrying() {
  const now = () => document.visibilityState === "visible" && flush().catch(() => undefined);
  addEventListener("online", now);
  addEventListener("pageshow", now);
  document.addEventListener("visibilitychange", now);
  for (const button of document.querySelectorAll("[data-send]")) button.addEventListener("click", now);
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data === "sent" && showWaiting());
  setInterval(() => isWaiting() && now(), AGAIN);
}

function isWaiting() {
  return document.querySelector("[data-waiting]:not([hidden])") !== null;
}

let heldBy; // What kept the last try of this page; the worker's tries do not say.

async function showWaiting(held = heldBy) {
  heldBy = held;
  const { unsent, refused } = await waiting(whose());
  if (isWaiting() || unsent.length > 0) show("[data-sent-now]", unsent.length + refused.length === 0);
  show("[data-waiting]", unsent.length > 0);
  show("[data-signed-out]", unsent.length > 0 && held === "sign-in");
  show("[data-refused]", refused.length > 0);
  show("[data-would-be-lost]", unsent.length + refused.length > 0);
  draw([...refused, ...unsent], () => showWaiting());
}

function show(css, yes) {
  for (const element of document.querySelectorAll(css)) element.hidden = !yes;
}

/** Whoever sent an answer from the foot of a long page must see that it was kept. */
function lookAtIt() {
  const line = document.querySelector("[data-waiting]:not([hidden])");
  line?.setAttribute("tabindex", "-1");
  line?.focus();
}

/** Where the browser can, the worker sends it too, when the app is closed. */
async function wakeLater() {
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.sync?.register("say").catch(() => undefined);
}

async function isKept(address) {
  if (!address || !navigator.serviceWorker?.controller) return false;
  return (await caches.match(address, { ignoreVary: true })) !== undefined;
}

const keys = new WeakMap();

/** One page filled in one way is one answer, however often it is sent; filled in anew it is another.
 *  The key is made here and not in the page: a kept page is filled in again another day. */
function keyOf(form, answers) {
  const text = JSON.stringify(answers);
  if (keys.get(form)?.text !== text) keys.set(form, { text, key: newKey() });
  return keys.get(form).key;
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function read(form) {
  const { csrf_token: _token, key: _key, occasion, visit, ...answers } = Object.fromEntries(new FormData(form));
  const key = keyOf(form, answers);
  const about = { occasion: new URLSearchParams(location.search).get("occasion") ?? occasion, visit };
  const given_at = form.dataset.given;
  const body = { key, whose: whose(), ...about, answers, given_at, said_at: new Date().toISOString() };
  const urgent = form.dataset.urgent !== undefined;
  const place = { address: form.action, page: location.pathname + location.search };
  return { key, whose: whose(), urgent, ...place, ...inWords(form, urgent), body };
}

/** The same in the person's words, for the list of what is not sent yet. */
function inWords(form, urgent) {
  const title = urgent ? form.querySelector("button") : document.querySelector("h1");
  const words = [...form.querySelectorAll("fieldset:has(:checked)")].map((asked) => [
    asked.querySelector("legend").textContent.trim(),
    asked.querySelector("label:has(:checked)").textContent.trim(),
  ]);
  return { title: title?.textContent.trim() ?? "", words };
}
