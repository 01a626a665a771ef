// Registers the service worker. The page's policy lets scripts come from this one address only.

const WORKER = "/sw.js";

function address() {
  if (!globalThis.trustedTypes) return WORKER;
  const only = (wanted) => {
    if (wanted !== WORKER) throw new TypeError("not a script of ours");
    return wanted;
  };
  return trustedTypes.createPolicy("homeward", { createScriptURL: only }).createScriptURL(WORKER);
}

let registered;

/** The registration, once the worker is active; undefined where there can be none. */
export function ready() {
  if (!("serviceWorker" in navigator)) return Promise.resolve(undefined);
  registered ??= navigator.serviceWorker
    .register(address(), { scope: "/", updateViaCache: "none" })
    .then(() => navigator.serviceWorker.ready);
  return registered;
}
