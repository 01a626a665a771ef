"""Moments are said in the clinic's zone and the reader's language."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from flask import Flask, g, request
from werkzeug.datastructures import Headers

from recovery.services.spoken_times import in_a_sentence
from recovery.web import language, times

TUESDAY = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)  # 9:30 in New York
BEFORE_CHANGE = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 1:30, first of two
NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.fixture
def page() -> Iterator[None]:
    """A request for an English page of a clinic in New York."""
    app = Flask(__name__)
    language.attach(app)
    with app.test_request_context():
        g.zone = ZoneInfo("America/New_York")
        g.language = "en"
        yield


@pytest.mark.usefixtures("page")
class TestWords:
    def test_english_has_am_and_pm_that_never_leave_their_number(self) -> None:
        assert times.clock_time(TUESDAY) == f"9:30{NARROW}AM"
        assert times.clock_time(TUESDAY + timedelta(hours=12)) == f"9:30{NARROW}PM"

    def test_spanish_counts_hours_to_24(self) -> None:
        g.language = "es"
        assert times.clock_time(TUESDAY + timedelta(hours=12)) == "21:30"

    @pytest.mark.parametrize(
        ("spoken", "browser", "said"),
        [
            ("en", "en-GB,en;q=0.8", "21:30"),
            ("en", "de-DE,en-US;q=0.8", f"9:30{NARROW}PM"),
            ("es", "es-US", f"9:30{NARROW}PM"),
            ("es", "en-US,es-ES;q=0.5", "21:30"),
            ("es", "en-US,en;q=0.9", f"9:30{NARROW}PM"),
            ("es", "de-DE,en;q=0.9", "21:30"),
            ("en", "en-XX-nonsense,en-*", f"9:30{NARROW}PM"),
        ],
    )
    def test_the_clock_is_the_one_of_the_readers_country(
        self, spoken: str, browser: str, said: str
    ) -> None:
        g.language = spoken
        request.headers = Headers({"Accept-Language": browser})
        assert times.clock_time(TUESDAY + timedelta(hours=12)) == said

    def test_a_time_within_the_week_has_its_weekday(self) -> None:
        assert times.day_time(TUESDAY) == f"Tuesday 9:30{NARROW}AM"

    def test_a_day_has_weekday_and_date_in_full(self) -> None:
        assert times.day(TUESDAY) == "Tuesday, March\u00a03"

    def test_a_spanish_day_is_spanish(self) -> None:
        g.language = "es"
        assert times.day(TUESDAY) == "martes, 3\u00a0de\u00a0marzo"

    def test_a_time_weeks_away_has_date_and_time(self) -> None:
        assert times.date_time(TUESDAY) == f"Tuesday, March\u00a03, 9:30{NARROW}AM"

    def test_midnight_is_said_with_the_days_on_both_sides(self) -> None:
        midnight = datetime(2026, 3, 2, 5, tzinfo=UTC)
        assert times.clock_time(midnight) == "midnight"
        assert times.day_time(midnight) == "midnight, Sunday to Monday"
        said = in_a_sentence(midnight, midnight, g.zone, Locale("en"))
        assert said == "midnight, Sunday to Monday"

    def test_the_hour_that_comes_twice_says_which_one_it_is(self) -> None:
        assert times.clock_time(BEFORE_CHANGE) == f"1:30{NARROW}AM (EDT)"
        assert times.clock_time(BEFORE_CHANGE + timedelta(hours=1)) == f"1:30{NARROW}AM (EST)"

    def test_the_hour_that_is_skipped_in_spring_needs_no_word(self) -> None:
        after = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
        assert times.clock_time(after) == f"3:00{NARROW}AM"

    def test_a_day_is_the_clinics_day_not_utcs(self) -> None:
        assert times.day(datetime(2026, 3, 4, 2, 0, tzinfo=UTC)) == "Tuesday, March\u00a03"

    def test_a_length_of_a_day_is_said_in_hours(self) -> None:
        assert times.span(timedelta(hours=24)) == "24 hours"

    @pytest.mark.parametrize(
        ("left", "words"),
        [
            (timedelta(hours=9), "in 9 hours"),
            (timedelta(hours=9, minutes=59), "in 9 hours"),
            (timedelta(minutes=90), "in 1 hour"),
            (timedelta(minutes=89, seconds=59), "in 89 minutes"),
            (timedelta(seconds=5), "in 1 minute"),
            (timedelta(0), ""),
            (timedelta(hours=-2), ""),
        ],
    )
    def test_a_deadline_is_never_said_to_be_further_away_than_it_is(
        self, left: timedelta, words: str
    ) -> None:
        assert times.away(TUESDAY + left, TUESDAY) == words

    def test_days_are_counted_on_the_clinics_calendar(self) -> None:
        late = datetime(2026, 3, 3, 4, 30, tzinfo=UTC)  # Monday, 23:30 in New York
        assert times.away(late + timedelta(hours=25), late) == "in 2 days"
        assert times.away(late + timedelta(days=4), late) == "in 4 days"

    def test_a_countdown_is_spanish_in_spanish(self) -> None:
        g.language = "es"
        assert times.away(TUESDAY + timedelta(hours=9), TUESDAY) == "dentro de 9 horas"

    def test_hours_are_said_with_days_in_full_on_the_readers_clock(self) -> None:
        said = times.hours("Mon-Fri 08:00-17:00, Sat 09:00-12:00")
        assert said == (
            f"Monday to Friday, 8:00{NARROW}AM to 5:00{NARROW}PM;"
            f" Saturday, 9:00{NARROW}AM to 12:00{NARROW}PM"
        )

    def test_hours_that_nobody_can_read_stay_as_they_were_written(self) -> None:
        assert times.hours("always") == "always"

    def test_events_stand_under_their_day(self) -> None:
        events = [{"at": TUESDAY}, {"at": TUESDAY + timedelta(hours=1)}]
        events.append({"at": TUESDAY + timedelta(days=1)})
        days = [(name, len(of_day)) for name, of_day in times.groupby_day(events)]
        assert days == [("Tuesday, March\u00a03", 2), ("Wednesday, March\u00a04", 1)]

    def test_a_naive_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            times.clock_time(TUESDAY.replace(tzinfo=None))

    def test_a_time_without_a_clinic_is_refused(self) -> None:
        del g.zone
        with pytest.raises(LookupError):
            times.clock_time(TUESDAY)


def test_machines_read_utc() -> None:
    assert times.iso(TUESDAY) == "2026-03-03T14:30:00Z"
