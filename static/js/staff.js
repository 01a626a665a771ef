// Asks three times a minute, on every open staff page, whether notices go out and whether the
// board changed. A board that changed is shown anew in its place; a form that is being filled in
// never is.

import { isBusy, renew } from "./board.js";
import "./passkey.js";
import "./trial.js";
import "./ui.js";

const EVERY = 20_000; // milliseconds
const board = document.querySelector("[data-board]");
const day = board?.dataset.day;
const url = "/staff/pulse" + (day ? "?day=" + encodeURIComponent(day) : "");
let etag = "";
let shown = board?.dataset.board;

async function pulse() {
  if (document.hidden) return;
  const answer = await fetch(url, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 401 || answer.redirected) return board && location.reload();
  if (answer.ok) await heard(answer);
}

async function heard(answer) {
  const said = await answer.json();
  for (const well of ["worker", "clock", "sending"]) {
    const alarm = document.querySelector(`[data-${well}]`);
    if (alarm) alarm.hidden = said[well];
  }
  const changed = board && said.board !== shown;
  // Not while somebody chooses a day, or a tap is on its way: the next look shows it.
  if (changed && isBusy()) return;
  if (changed) shown = await renew();
  etag = answer.headers.get("ETag") ?? "";
}

const quietly = () => pulse().catch(() => {});
setInterval(quietly, EVERY);
document.addEventListener("visibilitychange", quietly);
