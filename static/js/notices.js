// Notices for whoever drives or stays: asked for by a tap, mended on every page.

import { mend, offer } from "./push.js";
import { ready } from "./worker.js";

const panel = document.querySelector("[data-push]");
ready().catch(() => undefined);
if (panel) {
  offer(panel);
  mend(panel.dataset.face).catch(() => undefined);
}
