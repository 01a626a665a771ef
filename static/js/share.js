// Sends a link from the patient's own phone. Without this script the text message link and the
// code to scan remain.

const SAID_FOR = 10_000; // milliseconds

function offerShare(box) {
  if (!navigator.share) return;
  box.hidden = false;
  box.querySelector("button").addEventListener("click", async () => {
    try {
      await navigator.share({ text: box.dataset.text });
    } catch (error) {
      // The person closed the sheet: nothing was sent, and nothing needs to be said.
      if (error.name !== "AbortError") offerCopy(document.querySelector("[data-copy]"));
    }
  });
}

function offerCopy(box) {
  if (!box?.hidden || !navigator.clipboard) return;
  box.hidden = false;
  const said = box.querySelector("[data-copied]");
  box.querySelector("button").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.dataset.text);
      said.hidden = false;
      setTimeout(() => (said.hidden = true), SAID_FOR);
    } catch {
      select(document.querySelector(box.dataset.from ?? "#message"));
    }
  });
}

/** Where the clipboard is closed, the text is marked, ready to be copied by hand. */
function select(message) {
  getSelection().selectAllChildren(message);
}

document.querySelectorAll("[data-share]").forEach(offerShare);
document.querySelectorAll("[data-copy]").forEach(offerCopy);
