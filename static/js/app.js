// The patient's pages: each begins what its page needs. Every page works without this.

import { offer } from "./asking.js";
import { announce, countDown, ownZone, stayFresh } from "./clock.js";
import { keepDrafts } from "./drafts.js";
import "./install.js";
import { keepPlanSoon } from "./kept.js";
import { guardBack } from "./leave.js";
import "./opened.js";
import { mend } from "./push.js";
import { flush, keepTrying, takeOver } from "./queue.js";
import { offerNewVersion } from "./renew.js";
import "./share.js";
import "./ui.js";
import { ready } from "./worker.js";

guardBack();
// The page for no connection has this script too: nobody is signed in there, and it came from the worker.
const signedIn = document.querySelector("[data-whose]") !== null;
if (signedIn) ready().catch(() => undefined);
ownZone();
announce();
countDown();
stayFresh();

const notices = document.querySelector("[data-push]");
if (notices) offer(notices);
else if (signedIn) mend("patient").catch(() => undefined);

keepDrafts();
document.querySelectorAll("form[data-queued]").forEach(takeOver);
keepTrying();
flush().catch(() => undefined);
keepPlanSoon();
offerNewVersion().catch(() => undefined);
