// Asks three times a minute, on every open staff page, whether notices go out and whether the
// board changed. A board that changed is loaded anew; a form that is being filled in never is.

import "./passkey.js";
import "./ui.js";

const EVERY = 20_000;
const board = document.querySelector("[data-board]");
const day = board?.dataset.day;
const url = "/staff/pulse" + (day ? "?day=" + encodeURIComponent(day) : "");
let etag = "";

async function pulse() {
  if (document.hidden) return;
  const answer = await fetch(url, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 401 || answer.redirected) return board && location.reload();
  if (!answer.ok) return;
  etag = answer.headers.get("ETag") ?? "";
  const said = await answer.json();
  for (const well of ["worker", "clock", "sending"]) {
    const alarm = document.querySelector(`[data-${well}]`);
    if (alarm) alarm.hidden = said[well];
  }
  if (board && said.board !== board.dataset.board) location.reload();
}

const quietly = () => pulse().catch(() => {});
setInterval(quietly, EVERY);
document.addEventListener("visibilitychange", quietly);
