// The worker's pages: scripts and styles of this build, and the last good pages of one person.

const FILES = `files-${KNOWN.build}`;
const PAGES = "pages-";
const ANY = { ignoreVary: true };
const HOME = "/me";
const HELP = "/me/help";
export const PLAN = "/me/keep";
const OFFLINE = "/offline";
const KEEP = "X-Homeward-Keep";
/** With this the server compresses pages too; no other site can make a browser send it. */
export const AHEAD = { "X-Homeward-Ahead": "1" };
const SPOKEN = "Content-Language";
const OURS = "trusted-types homeward";
/** Milliseconds after which a kept page is better than a longer wait; numbers to call cannot wait. */
const SLOW = 4000;
const SLOW_HELP = 1200;

export async function keepFiles() {
  const cache = await caches.open(FILES);
  // Files of this build never change, so that what the page has just loaded is not loaded again.
  const how = (address) => (address.startsWith("/static/") ? {} : { cache: "reload", headers: AHEAD });
  try {
    await cache.addAll(KNOWN.files.map((address) => new Request(address, how(address))));
  } catch (error) {
    await caches.delete(FILES); // An empty one would later pass for the build before.
    throw error;
  }
}

/** The files of the build before stay: kept pages were made for them. */
export async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("files-") && name !== FILES);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

export async function file(request) {
  return (await caches.match(request, ANY)) ?? fetch(request);
}

export function isOurs(url) {
  return url.pathname === HOME || url.pathname.startsWith(`${HOME}/`);
}

/** The page from the server; the kept copy when that is away, slow, broken or somebody else. */
export async function page(event) {
  const network = fetch(event.request).then((answer) => {
    event.waitUntil(keep(event.request.url, answer.clone()).catch(() => undefined));
    return answer;
  });
  event.waitUntil(network.catch(() => undefined));
  const { pathname } = new URL(event.request.url);
  const patience = pathname === HELP || pathname.startsWith(`${HELP}/`) ? SLOW_HELP : SLOW;
  const slow = new Promise((resolve) => setTimeout(resolve, patience)).then(() => kept(event.request.url));
  try {
    const answer = (await Promise.race([network, slow])) ?? (await network);
    return isGood(answer) ? answer : ((await kept(event.request.url)) ?? answer);
  } catch {
    return (await kept(event.request.url)) ?? offline();
  }
}

/** A redirect of ours cannot be looked into; what can be must be ours, and no failure. */
function isGood(answer) {
  if (answer.type === "opaqueredirect") return true;
  return answer.status < 500 && Boolean(answer.headers.get("Content-Security-Policy")?.includes(OURS));
}

/** Keep what the server lets us keep, under the name of its person only. Says whether it is kept.
 *  Once the person reads another language, the plan counts as not kept, so that it is soon. */
export async function keep(address, answer, more = {}) {
  if (answer.status === 401) await forget(PAGES);
  const whose = answer.headers.get(KEEP);
  if (!whose || answer.status !== 200 || answer.redirected || answer.type !== "basic") return false;
  const own = PAGES + whose;
  const others = (await keptNames()).filter((name) => name !== own);
  await Promise.all(others.map((name) => caches.delete(name)));
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  const cache = await caches.open(own);
  if ((await cache.match(PLAN))?.headers.get(SPOKEN) !== headers.get(SPOKEN)) await cache.delete(PLAN);
  await cache.put(address, new Response(await answer.blob(), { headers }));
  if (!(await caches.has(FILES))) await keepFiles();
  return true;
}

/** The page for all that is not kept: the person's own, in their language, or the build's. */
async function offline() {
  return (await (await ownPages())?.match(OFFLINE, ANY)) ?? (await caches.match(OFFLINE, ANY)) ?? Response.error();
}

/** The cache of the person whose phone this is; undefined before anything was kept. */
export async function ownPages() {
  const [name] = await keptNames();
  return name && caches.open(name);
}

async function keptNames() {
  return (await caches.keys()).filter((name) => name.startsWith(PAGES));
}

/** The kept copy, marked as one: the page then says when it was saved, and nothing of "now". */
async function kept(address) {
  const cache = await ownPages();
  const exact = await cache?.match(address, ANY);
  // A form that was kept for another occasion asks the same.
  const answer = exact ?? (await cache?.match(address, { ...ANY, ignoreSearch: true }));
  if (!answer) return undefined;
  const text = (await answer.text()).replace("<html ", "<html data-kept-copy ").replace("data-kept hidden", "data-kept");
  return new Response(text, { headers: answer.headers });
}

export function isLeaving(url) {
  return url.pathname === `${HOME}/leave` || url.pathname === "/code" || url.pathname.startsWith("/welcome/");
}

/** Somebody leaves this browser or another person comes: nothing of the last one stays. */
export async function leave(request) {
  try {
    const answer = await fetch(request);
    // Coming in is answered by leading on, leaving by the order to clear: all else changed nothing.
    if (answer.headers.has("Clear-Site-Data")) await forget("");
    else if (answer.type === "opaqueredirect") await forget(PAGES);
    return answer;
  } catch {
    return offline();
  }
}

export async function forget(beginning) {
  const names = (await caches.keys()).filter((name) => name.startsWith(beginning));
  await Promise.all(names.map((name) => caches.delete(name)));
}
