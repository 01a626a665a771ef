"""The main job in real Firefox: sign up, allow notices, go through the visit, be kept safe."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from recovery.domain.protocol import Protocol
from tests.browser.firefox import Firefox
from tests.browser.homeward import FACTOR, Homeward, served
from tests.browser.live import LiveServer
from tests.browser.notifications import Shown
from tests.browser.people import Driver, Patient
from tests.browser.screens import FirefoxScreen
from tests.waiting import until

pytestmark = pytest.mark.browser


def title(protocol: Protocol, kind: str) -> str:
    """The words of a notice's title, without what is filled in."""
    rule = protocol.notice(kind)
    assert rule is not None
    return max(re.split(r"\{\w+\}", rule.title.in_language("en")), key=len)


def shown(firefox: Firefox, words: str) -> Shown:
    """Wait until the desktop of this browser shows a notice with this title."""
    return next(
        iter(
            until(
                lambda: [notice for notice in firefox.desktop.shown if words in notice.title],
                60,
                f"the notice “{words}”",
            )
        )
    )


def open_by_click(firefox: Firefox, notice: Shown) -> None:
    """Click a notification and go to the tab that it opens or reuses."""
    before = set(firefox.windows())
    firefox.desktop.click(notice.id)
    until(
        lambda: "/notices/" in firefox.url or set(firefox.windows()) - before,
        what="the page of the notice",
    )
    new = set(firefox.windows()) - before
    if new:
        firefox.switch(new.pop())
    until(lambda: "/notices/" in firefox.url, what="the page of the notice")


def test_the_whole_visit_from_the_welcome_link_to_the_end_of_the_wait(
    firefox_of: Callable[[str], Firefox],
    live_server: Callable[..., LiveServer],
    database_url: str,
    tmp_path: Path,
    artefacts: Path,
) -> None:
    with served(database_url, tmp_path, live_server) as homeward:
        patients, drivers = firefox_of("patient"), firefox_of("driver")
        pictures = artefacts / "firefox"
        rosa = Patient("patient", FirefoxScreen(patients), homeward.url, pictures)
        sam = Driver("driver", FirefoxScreen(drivers), homeward.url, pictures)
        protocol = homeward.desk.protocol()

        visit, link = homeward.invite()
        rosa.come_in(link, "1988-04-12")
        rosa.go("/me/notices/allow")
        rosa.allow_notices()
        rosa.prepare(visit, protocol)
        sam.say_yes(rosa.name_driver(visit, "Sam Rivera", "(212) 555-0177"))
        sam.allow_notices()
        assert shown(patients, title(protocol, "driver-accepted"))

        go_through_the_day(homeward, visit, sam)
        assert shown(drivers, title(protocol, "you-have-the-patient"))

        rosa.go("/me")
        rosa.look("wait")
        assert "Do not drive" in rosa.screen.text()
        rest = shown(patients, title(protocol, "rest"))
        open_by_click(patients, rest)
        rosa.look("notice")
        rosa.screen.follow("main form button")
        sam.go("/driver/")
        sam.screen.follow('form[action$="/home"] button')
        sam.look("home")

        shown(patients, title(protocol, "later"))
        rosa.check_in(visit, protocol, "later-2h")
        shown(patients, title(protocol, "last-questions"))
        rosa.go("/me")
        rosa.look("last-questions")
        assert "Do not drive" in rosa.screen.text(), "never by the clock alone"
        rosa.check_in(visit, protocol, "last-questions")
        rosa.wait_to_read("minimum wait has ended", "/me")
        rosa.look("over")
        assert shown(patients, title(protocol, "over"))
        staff_see_what_arrived(homeward, visit)


def go_through_the_day(homeward: Homeward, visit: int, sam: Driver) -> None:
    """Arrival to handover at the desk; the driver's phone shows the code."""
    desk = homeward.desk
    desk.infuse(visit)
    sam.wait_to_read("clinic", "/driver/")
    sam.look("infusing")
    desk.get_ready_to_go(visit)
    desk.done(visit, "ready")
    sam.go("/driver/")
    sam.look("ready")
    desk.done(visit, "code", code=sam.code())
    desk.wait(60 * FACTOR / 2880)
    desk.done(visit, "discharge")


def staff_see_what_arrived(homeward: Homeward, visit: int) -> None:
    """The receipts of the phone are on the visit's timeline, each with its time."""
    timeline = homeward.desk.client.get(f"/staff/visits/{visit}/timeline").text
    for words in ("Shown", "Opened", "Read"):
        assert words in timeline
