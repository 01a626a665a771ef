// The board shown anew in its place: where one has scrolled to, the sound and the focus stay.

import { sayIfNew, soundButton } from "./sound.js";

const MINUTE = 60_000; // milliseconds
let begun = performance.now();

/** Whether somebody is in the middle of something that a new board would take away. */
export function isBusy() {
  const main = document.querySelector("main");
  const inField = main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  return inField || document.querySelector("form[data-sent]") !== null;
}

/** Load the page and put what is new into this one; resolves to the version that is shown now. */
export async function renew() {
  const fresh = await page(location.href);
  const mark = fresh?.querySelector("[data-board]")?.dataset.board;
  if (!mark) return location.reload();
  const focused = nameOf(document.activeElement);
  const before = alerts(document);
  for (const part of ["main", ".bar-nav"]) {
    document.querySelector(part).replaceWith(document.adoptNode(fresh.querySelector(part)));
  }
  begun = performance.now();
  soundButton();
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  sayIfNew([...alerts(document)].some((id) => !before.has(id)));
  return mark;
}

/** Read as a document by the browser itself: no text becomes markup in a script. */
export function page(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => resolve(request.response);
    request.onerror = reject;
    request.send();
  });
}

function alerts(where) {
  return new Set([...where.querySelectorAll("[data-alert]")].map((one) => one.dataset.alert));
}

/** A button is found again by where its form leads, a link by its address. */
function nameOf(element) {
  const form = element?.closest("main form[action]");
  if (form) return `main form[action="${CSS.escape(form.getAttribute("action"))}"] button`;
  const link = element?.closest("main a[href]");
  return link ? `main a[href="${CSS.escape(link.getAttribute("href"))}"]` : "";
}

/** How many minutes have run: those that the server counted, and those since. */
function count() {
  const since = Math.floor((performance.now() - begun) / MINUTE);
  for (const place of document.querySelectorAll("[data-minutes]")) {
    const words = place.dataset.words.replace("{}", Number(place.dataset.minutes) + since);
    if (place.textContent !== words) place.textContent = words;
  }
}

soundButton();
setInterval(count, MINUTE / 6);
