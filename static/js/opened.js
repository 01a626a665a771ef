// Says that somebody looked at a notice: a GET alone may be a machine's.

import { post } from "./call.js";

const opened = document.querySelector("[data-opened]")?.dataset.opened;

function say() {
  if (document.hidden) return;
  document.removeEventListener("visibilitychange", say);
  post(opened).catch(() => addEventListener("online", say, { once: true }));
}

if (opened) {
  document.addEventListener("visibilitychange", say);
  say();
}
