// Times on the page: the reader's own zone where it differs, and the one moment worth announcing.

import { isCopy } from "./kept.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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
  return new Intl.DateTimeFormat(document.documentElement.dataset.reader, how).format(moment);
}

/** Say once, politely, that the minimum time has passed: a running clock says nothing.
 *
 * Counted from the server's time in the page, on a clock that nobody can set: a phone that is hours
 * fast says nothing early. A kept page does not know what time it is, and says nothing. */
export function announce() {
  const element = document.querySelector("[data-announce]");
  const { until = "", now = "" } = element?.dataset ?? {};
  const left = Date.parse(until) - Date.parse(now);
  if (!(left > 0) || isCopy()) return;
  const end = arrived() + left + 1000; // Both times are in whole seconds.
  const timer = setInterval(() => {
    if (performance.now() < end) return;
    clearInterval(timer);
    element.textContent = element.dataset.words;
  }, 15_000);
}

/** When the page began to arrive: the server had written its time before that. */
function arrived() {
  return performance.getEntriesByType("navigation")[0]?.responseStart || performance.now();
}

/** Beside a deadline, how far away it is, without running seconds; once it has passed, what holds
 *  since. Counts as `away` in recovery/web/times.py does: never more than is left. */
export function countDown() {
  const skew = serverAhead();
  const waiting = new Set(document.querySelectorAll("[data-away]"));
  const look = () => {
    const before = waiting.size;
    for (const element of waiting) {
      const left = Date.parse(element.dataset.away) - Date.now() - skew;
      if (left > 0) element.textContent = inWords(left, element.dataset);
      else waiting.delete(element) && passed(element);
    }
    return waiting.size < before;
  };
  look();
  // What else the page says of now is read anew with it.
  if (waiting.size) setInterval(() => look() && readAnew(), MINUTE / 4);
}

/** How far the server's clock is ahead of this phone's; unknown on a page that was kept. */
function serverAhead() {
  const said = document.querySelector("[data-away]")?.dataset.now;
  const kept = document.querySelector("[data-kept]:not([hidden])");
  return said && !kept ? Date.parse(said) - Date.now() : 0;
}

function inWords(left, { away, zone }) {
  const [count, unit] = counted(left, Date.parse(away), zone);
  return new Intl.RelativeTimeFormat(document.documentElement.lang).format(count, unit);
}

function counted(left, until, zone) {
  if (left >= DAY) return [dayOf(until, zone) - dayOf(until - left, zone), "day"];
  if (left >= 1.5 * HOUR) return [Math.floor(left / HOUR), "hour"];
  return [Math.max(1, Math.floor(left / MINUTE)), "minute"];
}

function dayOf(moment, timeZone) {
  return Date.parse(new Intl.DateTimeFormat("en-CA", { timeZone }).format(moment)) / DAY;
}

function passed(element) {
  const words = element.previousElementSibling;
  if (words?.dataset.since) words.textContent = words.dataset.since;
  element.remove();
}

/** A page that comes back to the front after a while is read anew, unless something was typed. */
export function stayFresh(oldest = 60_000) {
  const read = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && Date.now() - read > oldest) readAnew();
  });
}

function readAnew() {
  const typed = document.querySelector("input:checked, form[data-sent]");
  if (!typed && navigator.onLine) location.reload();
}
