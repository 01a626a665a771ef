// The worker's plan: all pages that a person may need without a connection, also those never visited.

import { AHEAD, forget, keep, ownPages, PLAN } from "./worker-pages.js";

const STAMP = "X-Homeward-Stamp"; // Ours, on a kept copy: the state of the page that it shows.
const OFTEN = 10 * 60_000; // Milliseconds in which the plan is asked for once.

let running;

/** Bring what is kept up to date. `now`: although it was done a moment ago; `little`: only what nobody
 *  should be without (somebody pays for each byte). Only one at a time; what fails is tried next time. */
export function keepPlan({ now = false, little = false } = {}) {
  running ??= bring(now, little)
    .catch(() => undefined)
    .finally(() => (running = undefined));
  return running;
}

async function bring(now, little) {
  const before = await (await ownPages())?.match(PLAN);
  const age = Date.now() - Number(before?.headers.get("X-Homeward-At"));
  if (!now && before && age >= 0 && age < OFTEN) return;
  const answer = await fetch(PLAN, { cache: "no-store", headers: { ...AHEAD, Accept: "application/json" } });
  if (answer.status === 401) return forget("pages-");
  if (!answer.ok) return;
  const { pages, first } = await answer.clone().json();
  for (const [address, stamp] of pages.slice(0, little ? first : undefined)) await bringPage(address, stamp);
  await keep(PLAN, answer, { "X-Homeward-At": String(Date.now()) });
  if (!little) await tidy(new Set([PLAN, ...pages.map(([address]) => address)]));
}

async function bringPage(address, stamp) {
  const had = await (await ownPages())?.match(address, { ignoreVary: true });
  if (had?.headers.get(STAMP) === stamp) return;
  const answer = await fetch(address, { cache: "no-store", headers: { ...AHEAD, Accept: "text/html" } });
  await keep(address, answer, { [STAMP]: stamp });
}

/** What is no longer part of the plan must not be found when there is no connection. */
async function tidy(wanted) {
  const cache = await ownPages();
  for (const request of (await cache?.keys()) ?? []) {
    const { pathname, search } = new URL(request.url);
    if (!wanted.has(pathname + search)) await cache.delete(request);
  }
}
