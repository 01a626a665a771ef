// Times on the page: the reader's own zone where it differs, and the one moment worth announcing.

/** Beside the clinic's time, the time on this phone, when the two clocks do not agree. */
export function ownZone() {
  for (const element of document.querySelectorAll("time[data-own-zone]")) {
    const moment = new Date(element.dateTime);
    const own = say(moment);
    if (own !== say(moment, element.dataset.zone)) element.textContent = element.dataset.ownZone.replace("{}", own);
  }
}

function say(moment, timeZone) {
  const how = { weekday: "long", hour: "numeric", minute: "2-digit", timeZone };
  return new Intl.DateTimeFormat(document.documentElement.lang, how).format(moment);
}

/** Say once, politely, that the minimum time has passed: a running clock says nothing. */
export function announce() {
  const element = document.querySelector("[data-announce]");
  const until = Date.parse(element?.dataset.until ?? "");
  if (!element || Number.isNaN(until) || until <= Date.now()) return;
  const timer = setInterval(() => {
    if (Date.now() < until) return;
    clearInterval(timer);
    element.textContent = element.dataset.words;
  }, 15_000);
}

/** A page that comes back to the front after a while is read anew, unless something was typed. */
export function stayFresh(oldest = 60_000) {
  const read = Date.now();
  document.addEventListener("visibilitychange", () => {
    const typed = document.querySelector("input:checked, form[data-sent]");
    if (document.visibilityState === "visible" && !typed && Date.now() - read > oldest && navigator.onLine) {
      location.reload();
    }
  });
}
