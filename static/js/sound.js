// A sound with a new alert, if somebody at this tablet wishes it. A browser lets a page sound only
// after a tap on it, so that the button says what is true: on only while it can be heard.

const WISHED = "alert-sound";
const NOTES = [660, 880]; // hertz
const LONG = 0.35; // seconds
let sound;

/** Show the button of a board as things stand. */
export function soundButton() {
  const place = document.querySelector("[data-sound-place]");
  if (!place || !globalThis.AudioContext) return;
  place.hidden = false;
  const button = place.querySelector("[data-sound]");
  button.addEventListener("click", () => turn(!isOn()));
  paint(button);
}

/** Sound, if there is something new and it is wished. */
export function sayIfNew(something) {
  if (something && isOn()) ring();
}

function isOn() {
  return sound?.state === "running" && wish() === "on";
}

async function turn(on) {
  wish(on ? "on" : "off");
  if (on) {
    sound ??= new AudioContext();
    await sound.resume();
    ring();
  } else {
    await sound?.suspend();
  }
  paint(document.querySelector("[data-sound]"));
}

function paint(button) {
  const on = isOn();
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("span").textContent = on ? button.dataset.on : button.dataset.off;
}

/** Two short notes, low and then high. */
function ring() {
  NOTES.forEach((hertz, place) => {
    const note = new OscillatorNode(sound, { frequency: hertz });
    const quiet = new GainNode(sound, { gain: 0.2 });
    note.connect(quiet).connect(sound.destination);
    note.start(sound.currentTime + place * LONG);
    note.stop(sound.currentTime + (place + 1) * LONG);
  });
}

/** What was wished on this tablet; where nothing can be kept, for as long as the page is open. */
let kept = "";
function wish(wanted) {
  try {
    if (wanted) localStorage.setItem(WISHED, wanted);
    return localStorage.getItem(WISHED) ?? kept;
  } catch {
    kept = wanted ?? kept;
    return kept;
  }
}

/** Who wished it on this tablet before has it again with the first tap anywhere. */
addEventListener("click", (event) => {
  if (wish() === "on" && !sound && !event.target.closest("[data-sound]")) turn(true);
}, { once: true });
