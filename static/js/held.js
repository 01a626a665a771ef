// The page for whoever is signed out: what was said on this phone is still here, and waits.

import { waiting } from "./send.js";
import "./ui.js";

const line = document.querySelector("[data-held]");

async function tell() {
  const { unsent } = await waiting();
  line.hidden = unsent.length === 0;
}

if (line) tell().catch(() => undefined);
