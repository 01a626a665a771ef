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
  registered ??= loaded()
    .then(() => navigator.serviceWorker.register(address(), { scope: "/", updateViaCache: "none" }))
    .then(() => navigator.serviceWorker.ready);
  return registered;
}

/** What the worker keeps for later must not hold up what the person reads now. */
function loaded() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => addEventListener("load", resolve, { once: true }));
}
