"""Without a connection the phone shows the last plan, all of it, and says so."""

import re
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.clock import system_now
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.patients import Patient
from tests.addresses import flag_page, step_page
from tests.browser.line import Line
from tests.browser.offline.conftest import Rosa
from tests.browser.offline.phone import Phone
from tests.waiting import until

pytestmark = pytest.mark.browser


def test_phone_17_a_reload_shows_the_last_plan_with_saved_at(
    app: Flask, phone: Phone, line: Line
) -> None:
    with app.app_context():
        clinic = db.session.scalars(select(Clinic)).one()
        clinic.name, zone = "Clinic by the Sea", ZoneInfo(clinic.zone)
        db.session.commit()
    before = system_now()
    phone.reload()
    kept = "return (await (await caches.match('/me'))?.text())?.includes('Clinic by the Sea')"
    phone.until(kept, what="the plan as it is now")
    saved = {f"{at.astimezone(zone):%-I:%M}" for at in (before, system_now())}
    line.cut()
    phone.reload()
    phone.sees_part("[data-kept]")
    assert phone.screen.read("h1").strip() == "Do not drive."
    assert "Clinic by the Sea" in phone.screen.text()
    said = phone.screen.read("[data-kept]")
    assert "This page was saved on" in said
    assert any(time in said for time in saved), said


def test_phone_18_an_unvisited_page_gives_the_clinics_and_emergency_numbers(
    phone: Phone, line: Line
) -> None:
    line.cut()
    phone.go("/me/visits/1/driver")
    phone.sees("No connection")
    phone.sees_part('main a[href="tel:911"]')
    phone.sees_part('a[href="tel:+12125550100"]')


def test_help_and_what_to_do_are_there_without_having_been_visited(
    phone: Phone, line: Line
) -> None:
    phone.keep_plan()
    line.cut()
    phone.go("/me/help")
    phone.sees_part('main a[href="tel:911"]')
    assert "reads this now" not in phone.screen.text()
    assert "There is no connection" in phone.screen.text()
    phone.go(flag_page("chest-pain"))
    phone.sees("Sit down and keep still")
    assert "saved for your clinic" not in phone.screen.text()


def test_the_next_visits_steps_are_there_without_having_been_visited(
    phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.keep_plan()
    line.cut()
    phone.go(f"/me/visits/{rosa.next_visit}")
    phone.sees("Your visit")
    phone.go(rosa.step("teach-back"))
    phone.sees_part("main form fieldset")


@pytest.mark.parametrize("kind", ["chromium"], indirect=True)
def test_every_page_of_the_plan_opens_without_a_connection(phone: Phone, line: Line) -> None:
    phone.keep_plan()
    line.cut()
    kept = [address for address in phone.kept() if address not in {"/me/keep", "/offline"}]
    assert len(kept) > 30
    for address in kept:
        phone.go(address)
        assert phone.shows("[data-kept]"), address
        assert "No connection" not in phone.screen.read("h1"), address


def test_whoever_switches_the_language_reads_it_without_a_connection_too(
    app: Flask, phone: Phone, line: Line, rosa: Rosa
) -> None:
    phone.keep_plan()
    with app.app_context():
        db.session.get_one(Patient, rosa.id).language = "es"
        db.session.commit()
    phone.go("/me")
    phone.sees("No maneje.")
    until(lambda: "/me/keep" not in phone.kept(), what="the old plan put away")
    phone.keep_plan()
    line.cut()
    for page, words in (
        ("/me", "No maneje."),
        ("/me/help", "¿Qué le pasa?"),
        (flag_page("chest-pain"), "Siéntese"),
        (rosa.step("teach-back"), "No sé"),
        ("/me/visits/1/driver", "Sin conexión"),
    ):
        phone.go(page)
        phone.sees(words)
        assert phone.js("return document.documentElement.lang") == "es"


def test_phone_30_the_page_for_no_connection_is_the_next_persons_too(
    app: Flask, phone: Phone, line: Line
) -> None:
    phone.keep_plan()
    ana = Rosa(app, "Ana Second")
    with app.app_context():
        db.session.get_one(Patient, ana.id).clinic.phone = "+12125550199"
        db.session.commit()
    phone.sign_in(ana.cookie)
    phone.go("/me")
    until(lambda: "/me/keep" not in phone.kept(), what="nothing of the first person")
    phone.keep_plan()
    line.cut()
    phone.go("/me/visits/1/driver")
    phone.sees("No connection")
    phone.sees_part('a[href="tel:+12125550199"]')


@pytest.mark.parametrize("kind", ["chromium"], indirect=True)
def test_a_plan_that_did_not_change_is_not_loaded_again(phone: Phone, line: Line) -> None:
    phone.keep_plan()
    before = len(line.asked)
    phone.js("navigator.serviceWorker.controller.postMessage('keep-plan')")
    phone.go("/me/help")
    phone.sees("What is wrong?")
    asked = [request for request in line.asked[before:] if request.startswith("GET /me")]
    assert set(asked) <= {"GET /me/help", "GET /me/keep"}


@pytest.mark.parametrize("fault", ["holds", "lies", "fails"])
def test_a_kept_page_is_shown_when_the_server_is_slow_lying_or_broken(
    phone: Phone, line: Line, fault: str
) -> None:
    phone.go("/me/help")
    if fault == "fails":
        line.fails(502)
    else:
        getattr(line, fault)()
    phone.go("/me")
    phone.sees("Do not drive.")
    assert phone.shows("[data-kept]")


@pytest.mark.parametrize("kind", ["chromium"], indirect=True)
def test_a_wait_page_kept_past_the_earliest_time_still_says_do_not_drive(
    phone: Phone, line: Line
) -> None:
    page = phone.screen.page  # type: ignore[attr-defined]
    line.cut()
    page.clock.install(time="2031-01-01T00:00:00Z")
    phone.go("/me")
    page.clock.fast_forward("48:00:00")
    phone.sees("Do not drive.")
    assert phone.screen.read("[data-announce]").strip() == ""
    assert "saved on" in phone.screen.text()


@pytest.mark.parametrize("kind", ["chromium"], indirect=True)
def test_phone_20_redirects_errors_and_pages_with_messages_are_never_cached(
    phone: Phone, rosa: Rosa
) -> None:
    refused = [
        "/me/visits/999",
        step_page(1, "nothing"),
        "/me/thanks",
        "/me/code",
    ]
    for path in refused:
        phone.go(path)
    phone.go("/me/help")
    until(lambda: "/me/help" in phone.kept(), what="a page that may be kept")
    assert set(phone.kept()).isdisjoint(refused)
    phone.go(rosa.step("teach-back"))
    phone.answer()
    phone.sees("You were not sure about something")
    place = re.sub(r"^http://[^/]+", "", phone.screen.url())
    phone.go("/me/help")
    phone.sees("What is wrong?")
    body = phone.js("return (await caches.match(arguments[0]))?.text()", place)
    assert "You were not sure" not in (body or "")


@pytest.mark.parametrize("kind", ["chromium"], indirect=True)
def test_a_sign_in_that_has_ended_leaves_no_pages_on_the_phone(phone: Phone, line: Line) -> None:
    phone.sign_in("")
    phone.go("/me")
    phone.sees("You were signed out")
    until(lambda: phone.kept() == [], what="no pages")
    line.cut()
    phone.go("/me")
    phone.sees("No connection")
