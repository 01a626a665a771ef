// What became of a test notice appears by itself, in its place, as long as a phone may still show
// it. Answered with a header alone (304) while nothing changed; what is typed on the page stays.

import { page } from "./board.js";

const EVERY = 3_000; // milliseconds
const test = document.querySelector("[data-waits]");
let timer;

async function look() {
  if (document.hidden) return;
  const { waits, mark } = test.dataset;
  const answer = await fetch(waits, { cache: "no-store", headers: { "If-None-Match": `"${mark}"` } });
  if (answer.ok) await renew();
  else if (answer.status !== 304) clearInterval(timer);
}

async function renew() {
  const fresh = await page(test.dataset.page);
  const now = fresh?.querySelector("[data-renews=test]");
  if (!now) return;
  for (const part of document.querySelectorAll("[data-renews]")) {
    const other = fresh.querySelector(`[data-renews="${CSS.escape(part.dataset.renews)}"]`);
    part.replaceChildren(...[...other.childNodes].map((node) => document.adoptNode(node)));
  }
  test.dataset.mark = now.dataset.mark;
  if (now.dataset.waits === undefined) clearInterval(timer);
}

const quietly = () => look().catch(() => {});
if (test) {
  timer = setInterval(quietly, EVERY);
  document.addEventListener("visibilitychange", quietly);
}
