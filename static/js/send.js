// Sends what lies in the box, from pages and from the worker. Nothing leaves it before the server has
// echoed its key: any other answer may be a portal's, a proxy's or somebody else's.

import { all, remove, replace } from "./box.js";
import { post } from "./call.js";

const LOCK = "homeward-sending";
/** The server is there and will not take it as it is: it is set aside and shown, never thrown away. */
const NEVER = new Set([400, 404, 409, 410, 413, 415, 422]);

/** Send all that waits; `whose` leaves out what others said on this phone.
 *
 * One tab at a time: the others wait, and find the box as it is then. Resolves to what happened:
 * `next` (key → where to go), and `held` ("no-connection", "sign-in" or "busy") if something stays. */
export function sendAll(whose) {
  if (!navigator.locks) return sendInTurn(whose);
  return navigator.locks.request(LOCK, () => sendInTurn(whose));
}

/** What waits, what was refused: of one person, or of everybody who used this phone. */
export async function waiting(whose) {
  const found = (await all()).filter((entry) => whose === undefined || entry.whose === whose);
  return { unsent: found.filter((entry) => !entry.refused), refused: found.filter((entry) => entry.refused) };
}

async function sendInTurn(whose) {
  const outcome = { next: {} };
  const { unsent } = await waiting(whose);
  // What cannot wait goes first; all else in the order in which it was said.
  for (const entry of unsent.sort((a, b) => Boolean(b.urgent) - Boolean(a.urgent) || a.n - b.n)) {
    const held = await send(entry, outcome);
    if (held) outcome.held = held;
    if (held === "no-connection" || held === "sign-in") break;
  }
  return outcome;
}

async function send(entry, outcome) {
  let answer;
  try {
    answer = await offer(entry);
  } catch {
    return "no-connection";
  }
  const said = await answer.json().catch(() => undefined);
  if (answer.ok && said?.key === entry.key) {
    await remove(entry);
    outcome.next[entry.key] = said.next;
    return undefined;
  }
  if (answer.ok) return "no-connection"; // A stranger answers in the server's place.
  if (answer.status === 401) return "sign-in";
  if (!NEVER.has(answer.status) || !said?.error || said.error === "csrf") return "busy";
  await replace({ ...entry, refused: { words: said.advice, before: said.before ?? [] } });
  outcome.next[entry.key] = "";
  return undefined;
}

/** An old form token is no reason to give up: `post` fetches one anew each time. */
async function offer(entry) {
  const body = () => ({ ...entry.body, sent_at: new Date().toISOString() });
  const answer = await post(entry.address, body());
  return answer.status === 400 ? post(entry.address, body()) : answer;
}
