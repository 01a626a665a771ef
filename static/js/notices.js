// Notices for whoever drives or stays: asked for by a tap, mended on every page.

import { offer } from "./asking.js";
import { mend } from "./push.js";
import { ready } from "./worker.js";

const panel = document.querySelector("[data-push]");
const mended = document.querySelector("[data-mend]")?.dataset.mend;
ready().catch(() => undefined);
if (panel) offer(panel);
else if (mended) mend(mended).catch(() => undefined);
