// Answers that could not be sent wait on the phone, and leave it only when the server echoes their key.

import { post } from "./call.js";

const NAME = "homeward";
const STORE = "answers";

/** Take a check-in's form over: what cannot be sent now is kept and sent later. */
export function takeOver(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const entry = read(form);
    keep(entry)
      .then(() => send(entry))
      .then((next) => (next ? location.assign(next) : showWaiting().then(lookAtIt)))
      .catch(() => form.submit());
  });
}

/** Send all that waits, in the order in which it was said. */
export async function flush() {
  for (const entry of await all()) {
    try {
      if (!(await send(entry))) break;
    } catch {
      break;
    }
  }
  await showWaiting();
}

/** Whose page this is: answers of another person who used this phone are left alone. */
function whose() {
  return document.querySelector("[data-whose]")?.dataset.whose ?? "";
}

/** Forget everything: the person signs out. */
export function empty() {
  return change((store) => store.clear());
}

/** Send whenever there may be a connection again; no phone needs background sync for it. */
export function keepTrying() {
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  document.querySelector("[data-send]")?.addEventListener("click", flush);
  return flush();
}

async function showWaiting() {
  const line = document.querySelector("[data-waiting]");
  const count = (await all()).length;
  if (line) line.hidden = count === 0;
  const warning = document.querySelector("[data-would-be-lost]");
  if (warning) warning.hidden = count === 0;
}

/** Whoever sent an answer from the foot of a long page must see that it was kept. */
function lookAtIt() {
  const line = document.querySelector("[data-waiting]");
  line?.setAttribute("tabindex", "-1");
  line?.focus();
}

/** Where to go next once the server has it; undefined while it must stay. */
async function send(entry) {
  let answer;
  try {
    answer = await post(entry.address, entry.body);
  } catch {
    return undefined;
  }
  if (answer.status === 409 || answer.status === 422) return refused(entry, answer);
  if (!answer.ok) return undefined;
  const said = await answer.json().catch(() => undefined);
  if (said?.key !== entry.body.key) return undefined;
  await change((store) => store.delete(entry.body.key));
  return said.next;
}

/** The server will never take it as it is: say so, and let the page be answered anew. */
async function refused(entry, answer) {
  const said = await answer.json().catch(() => undefined);
  if (!said?.error) return undefined;
  await change((store) => store.delete(entry.body.key));
  return entry.page;
}

function read(form) {
  const fields = Object.fromEntries(new FormData(form));
  const { csrf_token: _token, key, occasion, ...answers } = fields;
  const body = { key, occasion, answers, said_at: new Date().toISOString() };
  return { key, whose: whose(), address: form.action, page: location.href, body };
}

async function keep(entry) {
  await change((store) => store.put(entry));
}

async function all() {
  const found = (await change((store) => store.getAll(), "readonly")).filter((entry) => entry.whose === whose());
  return found.sort((a, b) => a.body.said_at.localeCompare(b.body.said_at));
}

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function change(work, mode = "readwrite") {
  const opened = await database();
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction(STORE, mode);
    const asked = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => {
      opened.close();
      resolve(asked.result);
    };
    transaction.onerror = () => reject(transaction.error);
  });
}
