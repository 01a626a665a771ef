// What a page looks like to somebody with a small screen, a thumb or a keyboard. Read by
// tests/browser/survey.py, which calls one function at a time; each answers with plain words.

const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";

function seen(css) {
  return [...document.querySelectorAll(css)].filter(
    (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".unseen, .skip"),
  );
}

function say(element) {
  const words = (element.textContent || element.getAttribute("aria-label") || element.id || "").trim();
  const kind = [element.localName, ...element.classList].join(".");
  return `${kind} “${words.replace(/\s+/g, " ").slice(0, 40)}”`;
}

function inSentence(link) {
  const block = link.parentElement.closest("p, li, dd, td, th, div") ?? link;
  return block.textContent.trim().length > link.textContent.trim().length + 3;
}

/** The words of a text and their places. An address is none, and at a dash all may break. */
function* words(text) {
  for (const run of text.matchAll(/[^ \n]+/g)) {
    if (/:\/\/|@/.test(run[0])) continue;
    for (const word of run[0].matchAll(/[^–\-/]+/g)) yield [run.index + word.index, word[0]];
  }
}

function isSameRadio(element) {
  if (element.type !== "radio") return false;
  const group = [...document.querySelectorAll(`input[name="${CSS.escape(element.name)}"]`)];
  return element !== (group.find((one) => one.checked) ?? group[0]);
}

/** How far a colour stands out (WCAG's ratio, 1 to 21) from what is painted behind an element. */
function standsOut(colour, element) {
  const seen = (one) => numbers(getComputedStyle(one).backgroundColor)[3] !== 0;
  let behind = element.parentElement;
  while (behind && !seen(behind)) behind = behind.parentElement;
  const ground = behind ? numbers(getComputedStyle(behind).backgroundColor) : [255, 255, 255];
  const [dark, light] = [luminance(numbers(colour)), luminance(ground)].sort((a, b) => a - b);
  return numbers(colour)[3] === 0 ? 1 : (light + 0.05) / (dark + 0.05);
}

function numbers(colour) {
  return colour.match(/[\d.]+/g).map(Number);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

window.measures = {
  /** Words that cannot be read without scrolling sideways, or are cut off, or leave their box. */
  cut() {
    const found = [];
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} wide`);
    for (const element of seen("body *")) {
      const style = getComputedStyle(element);
      const scrolls = ["auto", "scroll"].includes(style.overflowX);
      if (style.overflowX !== "visible" && !scrolls && !element.matches("input, select, textarea") && element.scrollWidth > element.clientWidth + 1) {
        found.push(`cut: ${say(element)}`);
      }
    }
    for (const box of seen(".button, .status, .banner, .choice")) {
      const outer = box.getBoundingClientRect();
      for (const element of box.querySelectorAll("span, b, small, p")) {
        const inner = element.getBoundingClientRect();
        if (inner.width && (inner.left < outer.left - 1 || inner.right > outer.right + 1)) {
          found.push(`leaves its box: ${say(element)}`);
        }
      }
    }
    return found;
  },

  /** Words, and dates that hold together, that begin on one line and end on another. */
  broken(css = "body") {
    const found = new Set();
    for (const part of seen(css)) {
      const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = texts.currentNode;
        if (!text.parentElement.checkVisibility() || text.parentElement.closest(".unseen")) continue;
        for (const [index, word] of words(text.data)) {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
          if (lines.size > 1) found.add(`broken: ${word}`);
        }
      }
    }
    return [...found];
  },

  /** Controls below 48 × 48 CSS px; a link within a sentence is not one. */
  small() {
    const found = [];
    for (const control of seen(CONTROLS)) {
      const target = control.closest("label") ?? control;
      const { width, height } = target.getBoundingClientRect();
      if (control.matches("a") && inSentence(control)) continue;
      if (Math.round(width) < 48 || Math.round(height) < 48) {
        found.push(`${say(control)} ${Math.round(width)}×${Math.round(height)}`);
      }
    }
    return found;
  },

  /** At the end of the page: what the help at the foot still covers; how much it takes. */
  covered() {
    const foot = document.querySelector(".foot");
    if (!foot || !foot.children.length) return [];
    const found = [];
    scrollTo(0, document.documentElement.scrollHeight);
    const { top, height } = foot.getBoundingClientRect();
    for (const element of seen("main *")) {
      if (element.getBoundingClientRect().bottom > top + 1) found.push(`covered: ${say(element)}`);
    }
    scrollTo(0, 0);
    const stays = foot.getBoundingClientRect().bottom <= innerHeight + 1;
    if (stays && height > innerHeight / 3) found.push(`the foot takes ${height} of ${innerHeight}`);
    return found;
  },

  /** Where help stands when the page opens: its links in order, and their boxes. */
  help() {
    const links = document.querySelectorAll(".help a");
    return [...links].map((link) => {
      const { left, top, width, height } = link.getBoundingClientRect();
      return { words: link.textContent.trim(), href: link.getAttribute("href"), box: [left, top, width, height] };
    });
  },

  primaries() {
    return seen("main .button.primary").map(say);
  },

  /** Statuses that say it by colour alone. */
  colourAlone() {
    return seen(".status, .banner, .step, .error, .errors h2, .timeline li, .track li")
      .filter((element) => !element.closest("[aria-hidden=true]")) // A drawing says nothing.
      .filter((element) => !element.querySelector("svg") || !element.textContent.trim())
      .map(say);
  },

  /** What moves, or would move, although the person asked for no motion. */
  moving() {
    const slow = seen("body *").filter((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName !== "none" || transitionDuration.split(",").some((time) => parseFloat(time) > 0);
    });
    return [...slow.map(say), ...document.getAnimations().map((animation) => animation.id)];
  },

  /** Controls without an edge where the system paints all grounds in one colour. */
  edgeless() {
    return seen(".button, .field > input, .field > select, .field > textarea, .choice, .banner, .status")
      .filter((element) => {
        const { borderBottomStyle, borderBottomWidth } = getComputedStyle(element);
        return borderBottomStyle === "none" || parseFloat(borderBottomWidth) < 1;
      })
      .map(say);
  },

  /** How many stops a keyboard makes on this page. */
  stops() {
    return seen(CONTROLS).filter((element) => element.tabIndex >= 0 && !isSameRadio(element)).length;
  },

  /** Which control has the focus (its place among all; -1: none), and what is wrong with that. */
  focus() {
    const element = document.activeElement;
    const at = [...document.querySelectorAll(CONTROLS)].indexOf(element);
    if (at < 0 || element.matches(".skip")) return { at: -1, wrong: "" };
    const shown = element.closest("label") ?? element;
    const [{ left, top, right, bottom }] = shown.getClientRects();
    const ring = [shown, element].some((one) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
      const drawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      return drawn && standsOut(outlineColor, one) >= 3;
    });
    const wrong = [];
    // The parts of a date have rings of their own.
    if (!ring && !element.matches("[type=date], [type=time], [type=datetime-local]")) wrong.push("no ring");
    const whole = bottom - top < innerHeight / 2;
    const ends = whole ? [top + 2, bottom - 2] : [Math.max(top, 0) + 2];
    for (const y of ends) {
      const hit = document.elementFromPoint((left + right) / 2, y);
      if (!hit || !(shown.contains(hit) || hit.contains(shown))) wrong.push(`hidden at ${Math.round(y)}`);
    }
    return { at, wrong: wrong.length ? `${say(element)}: ${wrong.join(", ")}` : "" };
  },
};
