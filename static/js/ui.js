// Small comforts on every page; each page works without them.

const GIVE_UP = 8000; // ms; a send that got stuck may be tried again
const YEAR = 365 * 24 * 60 * 60; // seconds

/** A groggy thumb taps twice: the second tap sends nothing. */
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.repeatable !== undefined) return;
    if (form.dataset.sent !== undefined) return event.preventDefault();
    shut(form);
    setTimeout(() => open(form), GIVE_UP);
  });
  // The Back button may show the page as it was left.
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(open);
  });
}

/** Let a form be sent once only. */
export function shut(form) {
  form.dataset.sent = "";
  // After the event: a disabled look must not keep the button's own value from being sent.
  setTimeout(() => form.dataset.sent !== undefined && mark(form, "true"));
}

/** Let a form be sent again; for scripts that kept its answer on the phone. */
export function open(form) {
  delete form.dataset.sent;
  mark(form, "false");
}

function mark(form, disabled) {
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", disabled);
}

/** What is wrong is read first. */
function focusOnErrors() {
  document.querySelector("[data-focus]")?.focus();
}

/** The person's own light wins over ours, on pages kept for offline use too. */
function offerLight() {
  const chosen = document.cookie.match(/(?:^|; )theme=(dim|paper)/)?.[1];
  if (chosen) shine(chosen);
  const button = document.querySelector("[data-light]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const light = isDim() ? "paper" : "dim";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${light}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
    shine(light);
  });
}

function shine(light) {
  document.documentElement.dataset.theme = light;
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--ground").trim();
  for (const bar of document.querySelectorAll("meta[name=theme-color]")) bar.content = ground;
}

function isDim() {
  const { theme } = document.documentElement.dataset;
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dim";
}

sendOnce();
focusOnErrors();
offerLight();
