"""A new version waits for consent, a broken one changes nothing, and drafts survive."""

import re
import time

import pytest

from tests.browser.line import Line
from tests.browser.offline.conftest import Rosa
from tests.browser.offline.phone import Phone
from tests.waiting import until

pytestmark = pytest.mark.browser

STATES = """
const found = await navigator.serviceWorker.getRegistration();
return [found.installing, found.waiting, found.active].map((worker) => worker?.state ?? "");
"""
FILES = 'return (await caches.keys()).filter((name) => name.startsWith("files-"))'
CONSENTED = '  if (event.data === "take-over") self.skipWaiting();'
CHOSEN = 'return [...document.querySelectorAll("main input:checked")].map((box) => box.value)'


def new_build(text: str) -> str:
    return text.replace('"build": "', '"build": "new-')


def look_for_it(phone: Phone) -> None:
    phone.js("(await navigator.serviceWorker.getRegistration()).update().catch(() => undefined)")


def test_phone_19_one_failed_precache_url_and_the_old_worker_stays(
    phone: Phone, line: Line
) -> None:
    before = phone.js(FILES)
    line.changes(lambda text: new_build(text).replace('"/offline"', '"/nowhere"'), "sw.js")
    look_for_it(phone)
    until(lambda: "GET /nowhere" in line.asked, what="the file that is missing")
    until(lambda: phone.js(STATES) == ["", "", "activated"], what="only the old worker")
    until(lambda: phone.js(FILES) == before, what="only the old files")
    line.cut()
    phone.reload()
    phone.sees("Do not drive.")
    assert phone.shows("[data-kept]")


def test_phone_31_a_new_worker_waits_for_consent_and_drafts_survive(
    phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    chosen = phone.js(CHOSEN)
    assert chosen
    line.changes(new_build, "sw.js")
    look_for_it(phone)
    phone.sees("A new version is here.")
    for _ in range(15):  # A worker that does not wait takes over once the old one has no work.
        assert phone.js(STATES) == ["", "installed", "activated"]
        time.sleep(0.2)
    served = phone.js("return (await fetch('/sw.js')).text()")
    assert re.findall(r".*skipWaiting.*", served) == [CONSENTED]
    phone.reload()
    assert phone.js(STATES) == ["", "installed", "activated"]
    assert phone.js(CHOSEN) == chosen
    phone.sees("A new version is here.")
    phone.js("window.homewardWasHere = true")
    phone.screen.press("[data-new-version] button")
    phone.until("return !window.homewardWasHere && document.readyState === 'complete'")
    until(lambda: phone.js(STATES) == ["", "", "activated"], what="the new worker alone")
    assert phone.js(CHOSEN) == chosen
    assert not phone.shows("[data-new-version]")


def test_a_draft_goes_when_it_is_sent_or_an_hour_old(phone: Phone, rosa: Rosa) -> None:
    phone.go(rosa.step("teach-back"))
    phone.choose(0)
    phone.reload()
    assert len(phone.js(CHOSEN)) == 1
    phone.js(
        "for (const name of Object.keys(sessionStorage)) {"
        "  const draft = JSON.parse(sessionStorage[name]);"
        "  sessionStorage[name] = JSON.stringify({ ...draft, at: draft.at - 3_700_000 });"
        "}"
    )
    phone.js("document.querySelector('main form').reset()")
    phone.go(rosa.step("teach-back"))
    assert phone.js(CHOSEN) == []
    phone.answer(0)
    until(lambda: phone.js("return sessionStorage.length") == 0, what="no draft")
