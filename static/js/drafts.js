// What was chosen or typed and not sent yet survives a reload and a new version of the app.

const LONGEST = 60 * 60 * 1000; // Milliseconds; how somebody felt an hour ago is no answer for now.
const FIELDS = "input:not([type=hidden]), textarea, select";

/** Keep what is being filled in, in this tab only. */
export function keepDrafts() {
  for (const form of document.querySelectorAll("main form")) {
    if (!form.querySelector(FIELDS)) continue;
    // What the server shows anew, with what is wrong, is newer than any draft.
    if (!document.querySelector("[data-focus]")) restore(form);
    form.addEventListener("input", () => store(form));
    form.addEventListener("submit", (event) => event.defaultPrevented || forgetDraft(form));
  }
}

export function forgetDraft(form) {
  storage()?.removeItem(nameOf(form));
}

function store(form) {
  const values = [...form.querySelectorAll(FIELDS)].map((field) => [field.name, field.value, field.checked]);
  storage()?.setItem(nameOf(form), JSON.stringify({ at: Date.now(), values }));
}

function restore(form) {
  const { at, values } = JSON.parse(storage()?.getItem(nameOf(form)) ?? "{}");
  if (!values || Math.abs(Date.now() - at) > LONGEST) return forgetDraft(form);
  for (const field of form.querySelectorAll(FIELDS)) {
    const box = "checked" in field && ["radio", "checkbox"].includes(field.type);
    const found = values.find(([name, value]) => name === field.name && (!box || value === field.value));
    if (found && box) field.checked = found[2];
    else if (found) field.value = found[1];
  }
}

function nameOf(form) {
  const person = document.querySelector("[data-whose]")?.dataset.whose ?? "";
  return `draft ${person} ${location.pathname}${location.search} ${form.getAttribute("action") ?? ""}`;
}

function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined; // Switched off by the person.
  }
}
