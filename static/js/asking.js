// The page that explains notices and asks for them: by a tap only, and it says honestly what became
// of it. Each stage is a part of templates/components/push.html.

import { get, post } from "./call.js";
import { join, mend, supported } from "./push.js";

const PATIENCE = 60_000; // Milliseconds until the page says that the test did not arrive yet.
const LOOK_EVERY = 1_000;

/** `element` has data-face, -key and -test (where a test notice is asked for, "" = none). */
export function offer(element) {
  let seen = permission();
  const again = () => {
    if (permission() === seen) return;
    seen = permission();
    begin(element);
  };
  for (const button of element.querySelectorAll("[data-allow]")) button.addEventListener("click", () => ask(element));
  for (const button of element.querySelectorAll("[data-again]")) button.addEventListener("click", () => prove(element));
  const app = element.querySelector("[data-help=app]");
  if (app && inApp()) element.querySelector("[data-help=tab]").hidden = !(app.hidden = false);
  document.addEventListener("visibilitychange", again);
  navigator.permissions?.query({ name: "notifications" }).then((state) => (state.onchange = again), () => undefined);
  return begin(element);
}

/** Say what can be said without asking anybody. */
async function begin(element) {
  const obstacle = obstacles();
  stage(element, obstacle ?? "ask");
  const works = !obstacle && permission() === "granted" && (await mend(element.dataset.face).catch(() => false));
  if (works && element.dataset.stage === "ask") stage(element, "on");
}

function obstacles() {
  if (!isSecureContext) return "insecure";
  if (!("Notification" in window) && onApple()) return inApp() ? "old" : "install";
  if (!("serviceWorker" in navigator)) return "private";
  if (!supported()) return "unsupported";
  return permission() === "denied" ? "denied" : undefined;
}

async function ask(element) {
  stage(element, "joining");
  const said = await Notification.requestPermission();
  if (said !== "granted") return stage(element, said === "denied" ? "denied" : "dismissed");
  const { face, key, test } = element.dataset;
  const went = await join(face, key);
  if (went !== "joined") return stage(element, went);
  return test ? prove(element) : stage(element, "on");
}

async function prove(element) {
  stage(element, "waiting");
  try {
    stage(element, (await arrives(element.dataset.test)) ? "arrived" : "late");
  } catch {
    stage(element, "failed");
  }
}

/** Whether a test notice was proved by this or another phone of the person in time. */
async function arrives(test) {
  const answer = await post(test);
  if (!answer.ok) throw new Error("no test");
  const { at } = await answer.json();
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    const state = await get(at).catch(() => undefined);
    if (state?.arrived) return true;
  }
  return false;
}

function permission() {
  return "Notification" in window ? Notification.permission : "";
}

/** iPhone and iPad know no notices before the app is on the Home Screen. */
function onApple() {
  return "standalone" in navigator || /iPhone|iPad|iPod/.test(navigator.userAgent);
}

function inApp() {
  return navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
}

function stage(element, asked) {
  const name = element.querySelector(`[data-when="${asked}"]`) ? asked : "unsupported";
  element.dataset.stage = name;
  for (const part of element.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(name);
  }
  const words = element.querySelector(`[data-when~="${name}"] p`)?.textContent.trim() ?? "";
  const live = element.querySelector("[data-push-words]");
  if (live && name !== "ask") live.textContent = words;
}
