// The list of what this phone still holds: what was said, and why the server would not take it.

import { remove } from "./box.js";

/** Draw the list where a page has one; `changed` is called when somebody removes a line. */
export function draw(entries, changed) {
  const list = document.querySelector("[data-unsent]");
  if (!list) return;
  const line = document.querySelector("template[data-line]");
  list.replaceChildren(...entries.map((entry) => drawn(line.content.cloneNode(true), entry, changed)));
  document.querySelector("[data-nothing]").hidden = entries.length > 0;
}

function drawn(line, entry, changed) {
  const slot = (name) => line.querySelector(`[data-slot="${name}"]`);
  slot("title").textContent = entry.title;
  slot("time").textContent = time(entry.body.said_at);
  slot("said").replaceChildren(...entry.words.map(pair));
  if (!entry.refused) {
    slot("refused").remove();
    return line;
  }
  slot("why").textContent = entry.refused.words;
  slot("before").replaceChildren(...entry.refused.before.map(pair));
  slot("sent-before").hidden = entry.refused.before.length === 0;
  slot("again").href = entry.page;
  slot("remove").addEventListener("click", () => remove(entry).then(changed));
  return line;
}

function pair([asked, answer]) {
  const row = document.createElement("div");
  const [name, value] = [document.createElement("dt"), document.createElement("dd")];
  name.textContent = asked;
  value.textContent = answer;
  row.append(name, value);
  return row;
}

/** By this phone's clock, on which it was said. */
function time(said) {
  const how = { weekday: "long", hour: "numeric", minute: "2-digit" };
  return new Intl.DateTimeFormat(document.documentElement.lang, how).format(new Date(said));
}
