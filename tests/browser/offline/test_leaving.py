"""Nothing of one person stays on a phone for the next."""

import pytest
from flask import Flask

from tests.browser.line import Line
from tests.browser.offline.conftest import Rosa
from tests.browser.offline.phone import Phone
from tests.waiting import until

pytestmark = pytest.mark.browser

LOST = "Answers on this phone are not sent yet. If you sign out now, they are lost."
NAMES = 'return (await caches.keys()).filter((name) => name.startsWith("pages-"))'


def queue_one(phone: Phone, line: Line, rosa: Rosa) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    line.fails(500, "check-ins")
    phone.send()
    phone.sees("Saved on this phone, not sent yet.")


def test_phone_29_signing_out_warns_of_a_queue_and_leaves_nothing_behind(
    phone: Phone, line: Line, rosa: Rosa
) -> None:
    queue_one(phone, line, rosa)
    phone.go("/me/leave")
    phone.sees(LOST)
    phone.screen.press("main form button")
    phone.sees("You are signed out")
    until(lambda: phone.js("return (await caches.keys()).length") == 0, what="empty caches")
    until(lambda: phone.box() == [], what="an empty database")
    until(lambda: phone.js("return sessionStorage.length + localStorage.length") == 0, what="none")


def test_signing_out_without_a_connection_loses_nothing(
    phone: Phone, line: Line, rosa: Rosa
) -> None:
    queue_one(phone, line, rosa)
    phone.go("/me/leave")
    phone.sees(LOST)
    line.cut()
    phone.screen.press("main form button")
    phone.sees("No connection")
    assert len(phone.box()) == 1
    phone.go("/me")
    phone.sees("Do not drive.")


def test_phone_30_the_next_person_never_sees_the_last_ones_pages(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.keep_plan()
    phone.sign_in(Rosa(app, "Ana Second").cookie)
    phone.go("/me/help")
    whose = phone.js("return document.querySelector('[data-whose]').dataset.whose")
    until(lambda: phone.js(NAMES) == [f"pages-{whose}"], what="only the second person's pages")
    line.cut()
    phone.go(f"/me/visits/{rosa.next_visit}")
    phone.sees("No connection")


def test_phone_30_the_back_button_shows_nothing_of_who_has_left(
    phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.go(f"/me/visits/{rosa.next_visit}")
    phone.sees("Your visit")
    phone.go("/me/leave")
    phone.screen.press("main form button")
    phone.sees("You are signed out")
    for _ in ("the question whether to leave", "the visit"):
        phone.back()
        phone.sees("You were signed out")
    assert "Your visit" not in phone.screen.text()


def test_phone_30_a_page_that_the_browser_kept_whole_is_hidden_from_who_comes_next(
    phone: Phone, rosa: Rosa
) -> None:
    phone.go(f"/me/visits/{rosa.next_visit}")
    phone.sees("Your visit")
    phone.sign_in("")
    assert phone.js(
        "localStorage.removeItem('homeward-whose');"
        "window.dispatchEvent(new window.PageTransitionEvent('pageshow', { persisted: true }));"
        "return document.body.hidden"
    )
    phone.sees("You were signed out")
    assert "Your visit" not in phone.screen.text()


def test_phone_30_what_one_person_said_is_not_sent_or_shown_as_anothers(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    queue_one(phone, line, rosa)
    phone.sign_in(Rosa(app, "Ana Second").cookie)
    line.mend()
    # The page that was open tries once more as it is left; the server refuses that.
    phone.go("/me/unsent")
    asked = len(line.asked)
    phone.sees("Nothing waits on this phone.")
    assert not phone.shows("[data-waiting]")
    assert not [request for request in line.asked[asked:] if request.startswith("POST")]
    phone.sign_in(rosa.cookie)
    phone.go("/me")
    until(lambda: phone.box() == [], what="the answer is sent")
