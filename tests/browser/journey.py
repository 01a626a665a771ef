"""The whole visit, end to end: what everybody does, and what each notice must have done."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext

from recovery.domain.protocol import Protocol
from tests.browser.homeward import Homeward
from tests.browser.notifications import Desktop, Shown
from tests.browser.people import Driver, Patient, Person
from tests.browser.screens import ChromiumScreen
from tests.waiting import until

BORN = "1988-04-12"


@dataclass
class Cast:
    """Who plays whom. `open_notice` taps a shown notification on the patient's phone."""

    rosa: Patient
    sam: Driver
    nora: Person
    phone: Desktop
    open_notice: Callable[[Shown], None]


def at_the_desk(homeward: Homeward, phone: Callable[..., BrowserContext], pictures: Path) -> Person:
    """A staff person who looks at the pages on the clinic's tablet."""
    return Person(
        "staff", ChromiumScreen(homeward.tablet(phone).new_page()), homeward.url, pictures
    )


def whole_visit(homeward: Homeward, cast: Cast) -> int:
    """From the welcome link to the end of the wait; returns the visit's id."""
    rosa, protocol = cast.rosa, homeward.desk.protocol()
    visit, link = homeward.invite()
    rosa.come_in(link, BORN)
    rosa.go("/me/notices/allow")
    rosa.allow_notices()
    rosa.prepare(visit, protocol)
    cast.sam.say_yes(rosa.name_driver(visit, "Sam Rivera", "(212) 555-0177"))
    shown(cast.phone, protocol, "driver-accepted")
    the_day(homeward, visit, cast)
    the_wait(visit, cast, protocol)
    what_staff_see(homeward, visit, cast.nora)
    return visit


def the_day(homeward: Homeward, visit: int, cast: Cast) -> None:
    """Arrival to handover; the driver's phone shows the code, the desk checks it."""
    desk, sam, nora = homeward.desk, cast.sam, cast.nora
    here = f"/staff/visits/{visit}"
    nora.see("/staff/", "board")
    nora.see(here, "visit-booked")
    desk.pass_the_gate(visit)
    nora.see(here, "gate")
    assert desk.decide(visit).status_code == 303
    assert desk.start(visit).status_code == 303
    nora.see(here, "visit-infusing")
    cast.rosa.see("/me", "in-the-chair")
    sam.see("/driver/", "infusing")
    desk.get_ready_to_go(visit)
    nora.see(here, "visit-recovering")
    desk.done(visit, "ready")
    sam.see("/driver/", "ready")
    desk.done(visit, "code", code=sam.code())
    nora.see(here, "before-discharge")
    desk.done(visit, "discharge")


def the_wait(visit: int, cast: Cast, protocol: Protocol) -> None:
    """Rest, check-ins, the way home and the last questions."""
    rosa, sam, phone = cast.rosa, cast.sam, cast.phone
    rosa.see("/me", "wait")
    assert "Do not drive" in rosa.screen.text()
    rosa.see("/me/help", "help")
    cast.open_notice(shown(phone, protocol, "rest"))
    rosa.look("notice")
    rosa.screen.follow("main form button")
    sam.go("/driver/")
    sam.screen.follow('form[action$="/home"] button')
    sam.look("home")
    shown(phone, protocol, "later")
    rosa.check_in(visit, protocol, "later-2h")
    shown(phone, protocol, "last-questions")
    rosa.see("/me", "last-questions")
    assert "Do not drive" in rosa.screen.text(), "never by the clock alone"
    rosa.check_in(visit, protocol, "last-questions")
    rosa.wait_to_read("minimum wait has ended", "/me")
    rosa.look("over")
    shown(phone, protocol, "over")


def what_staff_see(homeward: Homeward, visit: int, nora: Person) -> None:
    """The phone's receipts are on the visit's timeline, each with its time."""
    timeline = f"/staff/visits/{visit}/timeline"
    nora.see(timeline, "timeline")
    nora.see("/staff/alerts", "alerts")
    words = homeward.desk.client.get(timeline).text
    for receipt in ("Shown", "Opened", "Read"):
        assert receipt in words


def shown(desktop: Desktop, protocol: Protocol, kind: str) -> Shown:
    """Wait until this notice is on the screen of a phone."""
    rule = protocol.notice(kind)
    assert rule is not None
    words = max(re.split(r"\{\w+\}", rule.title.in_language("en")), key=len)
    found = until(
        lambda: [notice for notice in desktop.shown if words in notice.title],
        60,
        f"the notice “{words}”",
    )
    return found[0]
