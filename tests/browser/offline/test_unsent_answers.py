"""What was said without a connection waits on the phone, and reaches the clinic exactly once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.clock import system_now
from recovery.services.check_ins import Sent, answer_check_in
from recovery.services.said_once import Sending
from recovery.store.alerts import Alert
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.said import Said
from recovery.store.visits import CheckInAnswer, StepDone
from recovery.web.ids import hushed
from tests.addresses import flag_page
from tests.browser.firefox import Firefox
from tests.browser.line import Line
from tests.browser.offline.conftest import Rosa
from tests.browser.offline.phone import SEND, Phone
from tests.waiting import until

pytestmark = pytest.mark.browser

NOT_SENT = "Saved on this phone, not sent yet."
SIGNED_OUT = "You are signed out. Sign in again, and we send it."
#: As in a browser with background sync: its worker tried too, and tells every page.
THE_WORKER_TRIED = (
    "navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: 'sent' }))"
)
UNSURE = "not-sure"
BEFORE = """return [...document.querySelectorAll('[data-slot="before"] dd')]
  .map((said) => said.textContent);"""
only_chromium = pytest.mark.parametrize("kind", ["chromium"], indirect=True)
only_firefox = pytest.mark.parametrize("kind", ["firefox"], indirect=True)


def said(app: Flask) -> list[str]:
    """What was recorded, in the order in which it was said."""
    with app.app_context():
        return list(db.session.scalars(select(Said.what).order_by(Said.said_at, Said.id)))


def count(app: Flask, what: type[CheckInAnswer] | type[Alert] | type[StepDone]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(what.id))) or 0


def answer_offline(phone: Phone, line: Line, rosa: Rosa) -> None:
    """Answer the last questions with “I’m not sure” after the line was cut."""
    phone.go(rosa.last_questions)
    phone.choose()
    line.cut()
    phone.send()
    phone.sees(NOT_SENT)


def test_phone_22_a_form_sent_offline_says_saved_on_this_phone_not_sent_yet(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    answer_offline(phone, line, rosa)
    assert "Received" not in phone.screen.text()
    assert [entry["body"]["whose"] for entry in phone.box()] == [
        phone.js("return document.querySelector('[data-whose]').dataset.whose")
    ]
    assert said(app) == []
    line.mend()
    phone.send_now()
    phone.sees("Sent. Your clinic has it.")
    assert said(app) == ["check-in:last-questions"]
    assert phone.box() == []


@only_firefox
def test_phone_23_it_survives_the_end_of_the_browser_and_is_sent_without_background_sync(
    app: Flask, phone: Phone, line: Line, rosa: Rosa, firefox: Firefox
) -> None:
    answer_offline(phone, line, rosa)
    assert not phone.js("return 'SyncManager' in window")
    firefox.kill()
    firefox.start()
    line.mend()
    phone.sign_in(rosa.cookie)
    phone.go("/me")
    until(lambda: said(app) == ["check-in:last-questions"], what="the answer")
    until(lambda: phone.box() == [], what="an empty box")


@only_chromium
def test_where_the_browser_can_it_is_sent_without_the_page(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    page = phone.screen.page  # type: ignore[attr-defined]
    page.context.grant_permissions(["background-sync"], origin=line.url)
    phone.go(rosa.last_questions)
    page.context.set_offline(True)
    phone.answer()
    phone.sees(NOT_SENT)
    page.goto("about:blank")
    page.context.set_offline(False)
    until(lambda: said(app) == ["check-in:last-questions"], what="the answer")


@pytest.mark.parametrize(
    "fault", ["500", "403", "our 403", "our 500", "portal", "silence", "another key"]
)
def test_phone_24_25_it_stays_queued_until_the_server_echoes_its_key(
    app: Flask, phone: Phone, line: Line, rosa: Rosa, fault: str
) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    match fault:
        case "portal":
            line.lies()
        case "silence":
            line.holds("check-ins")
        case "another key":
            line.echoes({"key": "not-yours", "next": "/me/thanks"}, "check-ins")
        case "our 403" | "our 500":
            said_no = {"error": "refused", "advice": "Something is wrong."}
            line.echoes(said_no, "check-ins", int(fault.removeprefix("our ")))
        case status:
            line.fails(int(status), "check-ins")
    phone.send()
    phone.sees(NOT_SENT)
    assert "Received" not in phone.screen.text()
    assert len(phone.box()) == 1
    line.mend()
    phone.send_now()
    until(lambda: phone.box() == [], what="an empty box")
    assert said(app) == ["check-in:last-questions"]


def test_phone_24_an_ended_sign_in_keeps_the_queue_and_says_to_sign_in_again(
    app: Flask, phone: Phone, rosa: Rosa
) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    phone.sign_in("")
    phone.send()
    phone.sees(NOT_SENT)
    phone.sees(SIGNED_OUT)
    phone.js(THE_WORKER_TRIED)
    phone.js("await new Promise((done) => setTimeout(done, 200))")
    phone.sees(SIGNED_OUT)
    phone.go("/me")
    phone.sees("We send it when you are signed in.")
    phone.sign_in(rosa.cookie)
    phone.go("/me")
    until(lambda: phone.box() == [], what="an empty box")
    assert said(app) == ["check-in:last-questions"]


def test_phone_26_two_tabs_that_send_at_once_make_one_record(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    answer_offline(phone, line, rosa)
    line.mend()
    line.holds("check-ins")
    phone.open_twice("/me")
    phone.send_now()
    line.mend()
    until(lambda: phone.box() == [], what="an empty box")
    assert count(app, CheckInAnswer) == 1
    assert line.asked.count(f"POST {rosa.last_questions}") <= 2


def test_phone_26_an_answer_whose_echo_was_lost_is_recorded_once(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    line.loses_answers("check-ins")
    phone.send()
    phone.sees(NOT_SENT)
    assert count(app, CheckInAnswer) == 1
    assert len(phone.box()) == 1
    line.mend()
    phone.send_now()
    until(lambda: phone.box() == [], what="an empty box")
    assert count(app, CheckInAnswer) == 1


@only_chromium
def test_phone_27_other_answers_under_the_same_key_are_shown_beside_the_first(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    answer_offline(phone, line, rosa)
    [entry] = phone.box()
    with app.app_context():
        patient = db.session.get_one(Patient, rosa.id)
        others = dict.fromkeys(entry["body"]["answers"], "no") | {"slept": "yes"}
        now = system_now()
        sent = Sent("last-questions", "", others)
        answer_check_in(patient, rosa.visit, sent, Sending(entry["key"], now), now)
    line.mend()
    phone.go("/me/unsent")
    phone.sees("Something you said was not taken.")
    phone.sees("What you sent before")
    words = phone.screen.read("[data-unsent]")
    assert "I’m not sure" in words
    assert "Other answers were sent before" in words
    assert sorted(phone.js(BEFORE)) == [*["No"] * (len(others) - 1), "Yes, I feel rested"]
    phone.screen.press('[data-slot="remove"]')
    phone.sees("Nothing waits on this phone.")


@only_chromium
def test_phone_28_an_expired_form_token_is_fetched_anew_and_the_answer_sent_again(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    stale = phone.js("return (await (await fetch('/form-token')).json()).token")
    phone.screen.page.context.clear_cookies(name="form")  # type: ignore[attr-defined]
    tokens = [stale]
    line.changes(
        lambda text: text.replace(text, f'{{"token": "{tokens.pop()}"}}') if tokens else text,
        "form-token",
    )
    phone.send()
    phone.sees("Received. Thank you")
    assert [a for a in line.asked if a.startswith("POST /me/visits")] == [
        f"POST {rosa.last_questions}"
    ] * 2
    assert count(app, CheckInAnswer) == 1


def test_phone_51_received_is_said_only_after_the_commit(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    line.holds("check-ins")
    phone.send()
    until(lambda: f"POST {rosa.last_questions}" in line.asked, what="the answer on its way")
    assert "Received" not in phone.screen.text()
    assert said(app) == []
    line.mend()
    until(lambda: said(app) == ["check-in:last-questions"], what="the record")
    until(lambda: phone.box() == [], what="an empty box")


def test_a_red_flag_shows_its_page_at_once_and_is_told_later_with_its_time(
    app: Flask, phone: Phone, line: Line
) -> None:
    phone.keep_plan()
    phone.go("/me/help")
    line.cut()
    before = system_now()
    phone.screen.press(f'form[action="{flag_page("chest-pain")}"] button')
    phone.sees("Sit down and keep still")
    phone.sees(NOT_SENT)
    assert "saved for your clinic" not in phone.screen.text()
    phone.sees_part('main a[href="tel:911"]')
    assert phone.js(
        "const number = document.querySelector('main a[href=\"tel:911\"]');"
        "const bar = document.querySelector('[data-waiting]');"
        "return number.getBoundingClientRect().top < bar.getBoundingClientRect().top"
    )
    line.mend()
    phone.send_now()
    phone.sees("Sent. Your clinic has it.")
    with app.app_context():
        alert = db.session.scalars(select(Alert)).one()
        assert alert.red_flag == "chest-pain"
        kept = db.session.scalars(select(Said)).one()
        assert kept.said_at - before < timedelta(seconds=10)
        assert kept.at > kept.said_at


def test_a_red_flags_page_does_not_wait_for_a_dead_line(phone: Phone, line: Line) -> None:
    phone.keep_plan()
    phone.go("/me/help")
    line.holds()
    phone.screen.press(f'form[action="{flag_page("chest-pain")}"] button')
    phone.sees("Sit down and keep still")
    phone.sees(NOT_SENT)


def test_steps_done_offline_are_taken_in_their_order(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.keep_plan()
    line.cut()
    phone.go(rosa.step("read"))
    phone.send()
    phone.sees_part("main form fieldset")
    assert phone.screen.url().endswith("/steps/" + hushed("teach-back"))
    phone.answer(0)
    phone.until("return location.pathname.endsWith(arguments[0])", hushed("health"))
    line.mend()
    phone.send_now()
    until(lambda: phone.box() == [], what="an empty box")
    assert said(app) == ["step:read", "step:teach-back"]


@only_chromium
def test_one_kept_form_that_is_filled_in_twice_makes_two_records(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.keep_plan()
    phone.go(rosa.last_questions)
    until(lambda: rosa.last_questions in phone.kept(), what="the kept form")
    line.cut()
    for choice in (0, -1):
        phone.go(rosa.last_questions)
        phone.choose(choice)
        phone.screen.follow(SEND)
    assert len(phone.box()) == 2
    line.mend()
    phone.go("/me")
    until(lambda: phone.box() == [], what="an empty box")
    assert count(app, CheckInAnswer) == 2


@only_chromium
def test_two_taps_are_one_answer(app: Flask, phone: Phone, line: Line, rosa: Rosa) -> None:
    phone.go(rosa.last_questions)
    phone.choose()
    line.holds("check-ins")
    phone.js("for (let tap = 0; tap < 3; tap++) document.querySelector('main form button').click()")
    until(lambda: len(phone.box()) == 1, what="one answer")
    line.mend()
    phone.sees("Received. Thank you")
    assert count(app, CheckInAnswer) == 1


def test_a_kept_wait_page_leads_to_the_questions_that_fall_due(
    app: Flask, phone: Phone, line: Line
) -> None:
    phone.keep_plan()
    line.cut()
    phone.go("/me")
    phone.sees("You can answer without a connection.")
    phone.screen.press(".kept-only .actions a")
    phone.sees_part("main form fieldset")
    phone.answer()
    phone.sees(NOT_SENT)
    line.mend()
    phone.send_now()
    until(lambda: count(app, CheckInAnswer) == 1, what="the answer")
