// The worker's receipts: what it showed, and what was opened, is proved, if need be later.

const OWED = "receipts"; // A cache; its keys are the receipts that did not get through.
const RETRY = 2000; // Milliseconds before one is sent again; after that it is owed.

/** Prove what a person saw. Without a connection it is owed, so that nobody is told later that it was never seen. */
export async function prove(address, seen) {
  const receipt = `${address}/${seen}`;
  if (await send(receipt)) return;
  await new Promise((resolve) => setTimeout(resolve, RETRY));
  if (await send(receipt)) return;
  await (await caches.open(OWED)).put(receipt, new Response());
  await self.registration.sync?.register("say").catch(() => undefined);
}

/** Send what is owed, whenever the worker is awake and may have a connection. */
export async function proveOwed() {
  if (!(await caches.has(OWED))) return;
  const owed = await caches.open(OWED);
  for (const { url } of await owed.keys()) if (await send(url)) await owed.delete(url);
}

/** Whether the server has it, or knows nothing of it and never will. */
async function send(receipt) {
  try {
    const answer = await fetch(receipt, { method: "POST", keepalive: true, credentials: "omit" });
    return answer.status === 204 || answer.status === 404;
  } catch {
    return false;
  }
}
