// The patient's pages: each begins what its page needs. Every page works without this.

import { offer } from "./asking.js";
import { post } from "./call.js";
import { announce, countDown, ownZone, stayFresh } from "./clock.js";
import "./install.js";
import { mend } from "./push.js";
import { empty, keepTrying, takeOver } from "./queue.js";
import "./share.js";
import "./ui.js";
import { ready } from "./worker.js";

ready().catch(() => undefined);
ownZone();
announce();
countDown();
stayFresh();

const notices = document.querySelector("[data-push]");
if (notices) offer(notices);
else mend("patient").catch(() => undefined);

const opened = document.querySelector("[data-opened]")?.dataset.opened;
if (opened) post(opened).catch(() => undefined);

const checkIn = document.querySelector("form[data-check-in]");
if (checkIn) takeOver(checkIn);
keepTrying().catch(() => undefined);

document.querySelector("form[data-leave]")?.addEventListener("submit", () => empty());
