"""What notices say: whole, merged, corrected, discreet, in the reader's language and zone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, scoped_session

from recovery.services.notice_words import (
    NoticeWords,
    NoWords,
    discreet_words,
    stale_words,
    words_for,
)
from recovery.store.visits import Visit
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit
from tests.lock_screen import revealing
from tests.notices import notice_row

#: English keeps a time and its AM or PM together with a narrow space.
NARROW = "\u202f"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Words do not depend on the database."""
    return sqlite_url


@pytest.fixture
def visit(session: scoped_session[Session]) -> Iterator[Visit]:
    yield a_visit(a_patient(a_clinic()))
    session.rollback()


def part(of: Visit, kind: str, **says: str) -> dict[str, Any]:
    return {"visit_id": of.id, "kind": kind, "occasion": "", "says": says}


def said(visit: Visit, *parts: dict[str, Any], language: str = "en", **row: Any) -> NoticeWords:
    notice = notice_row(visit, parts[0]["kind"], parts=list(parts), **row)
    return words_for(notice, visit, language)


def in_(**span: float) -> str:
    return (NOW + timedelta(**span)).isoformat()


def test_times_are_the_clinics_on_the_clock_of_its_country(visit: Visit) -> None:
    food = part(visit, "food", at=in_(hours=5.5))
    assert said(visit, food).body.startswith(f"Nothing to eat after 2:30{NARROW}PM on Monday.")
    spanish = said(visit, food, language="es").body
    assert spanish.startswith(f"No coma nada después de las 2:30{NARROW}PM del lunes.")
    visit.clinic.country = "ES"
    spanish = said(visit, food, language="es").body
    assert spanish.startswith("No coma nada después de las 14:30 del lunes.")


def test_one_oclock_is_feminine_singular_in_spanish(visit: Visit) -> None:
    for hours, half in ((4, "PM del lunes"), (16, "AM del martes")):
        food = part(visit, "food", at=in_(hours=hours))
        assert f"después de la 1:00{NARROW}{half}" in said(visit, food, language="es").body


def test_a_time_a_week_away_names_its_date(visit: Visit) -> None:
    food = part(visit, "food", at=in_(days=7))
    assert f"after 10:00{NARROW}AM on Monday, March 9." in said(visit, food).body


def test_the_hour_that_comes_twice_names_the_zones_time(visit: Visit) -> None:
    first, second = "2026-11-01T05:30:00+00:00", "2026-11-01T06:30:00+00:00"
    assert f"1:30{NARROW}AM (EDT) on Sunday" in said(visit, part(visit, "food", at=first)).body
    assert f"1:30{NARROW}AM (EST) on Sunday" in said(visit, part(visit, "food", at=second)).body


def test_several_parts_are_one_notice_under_the_first_ones_title(visit: Visit) -> None:
    food, drink = part(visit, "food", at=in_(hours=1)), part(visit, "last-drink", at=in_(hours=5))
    both = said(visit, food, drink)
    assert both.title == said(visit, food).title
    assert both.body == f"{said(visit, food).body} {said(visit, drink).body}"
    assert said(visit, drink, drink).body == said(visit, drink).body


def test_a_late_booking_says_to_start_now(visit: Visit) -> None:
    late = part(visit, "food", at=in_(hours=-1), start="now")
    assert said(visit, late).title == "Please get ready now"
    assert said(visit, late, language="es").title == "Prepárese ya, por favor"


def test_a_correction_says_that_something_changed(visit: Visit) -> None:
    moved = part(visit, "moved", visit=in_(hours=2))
    assert said(visit, moved, correction=True).title == "Changed: The time has changed"
    assert said(visit, moved, correction=True, language="es").title.startswith("Cambió: ")


def test_the_page_tells_more_than_the_lock_screen(visit: Visit) -> None:
    words = said(visit, part(visit, "read", visit=in_(hours=2), arrive=in_(hours=1)))
    assert "An adult must take you" in words.page
    assert "An adult must take you" not in words.body
    assert revealing(f"{words.title} {words.body}") == set()


def test_the_patient_reads_the_drivers_name_and_the_driver_the_first_name(visit: Visit) -> None:
    ride = a_ride(visit)
    assert said(visit, part(visit, "driver-accepted")).body.startswith("Sam Rivera said yes")
    driver = part(visit, "ready")
    told = said(visit, driver, role="driver", recipient_id=ride.id)
    assert told.title == "Rosa is ready"
    assert "Delgado" not in told.title + told.body


def test_a_time_that_is_not_known_says_so(visit: Visit) -> None:
    unknown = said(visit, part(visit, "food")).body
    assert unknown.startswith("Nothing to eat after the time your clinic tells you.")


def test_a_name_with_braces_is_only_a_name(visit: Visit) -> None:
    visit.patient.name = "{clinic.phone} {0}"
    assert said(visit, part(visit, "ready")).title == "{clinic.phone} is ready"


def test_what_the_protocol_does_not_know_has_no_words(visit: Visit) -> None:
    with pytest.raises(NoWords):
        said(visit, part(visit, "no-such-rule"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_fixed_words_reveal_nothing(visit: Visit, language: str) -> None:
    for words in (discreet_words(language), stale_words(language)):
        assert words.title
        assert words.body
        assert revealing(f"{words.title} {words.body}") == set()
        assert "Lakeside" not in words.title + words.body


def test_the_test_notice_has_words_of_its_own(visit: Visit) -> None:
    assert said(visit, part(visit, "test")).title == "This is a test"
