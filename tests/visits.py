"""Visits for unit tests: plain facts, and strategies that make any visit in any zone."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from recovery.domain.protocol import Protocol
from recovery.domain.ride import RideFacts, RideState, Role
from recovery.domain.visit import Report, VisitFacts, VisitState
from tests.builders_protocol import changed, ketamine, shipped

CHICAGO = ZoneInfo("America/Chicago")
MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)
WELL: frozenset[str] = frozenset()


def at(
    day: int, hour: int, minute: int = 0, *, month: int = 11, zone: ZoneInfo = CHICAGO
) -> datetime:
    """A clinic's clock time in 2026, as UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def accepted(**changes: Any) -> RideFacts:
    """A driver who accepted four days before the visit."""
    values = {"id": 7, "role": Role.DRIVER, "state": RideState.ACCEPTED, "accepted_at": at(19, 10)}
    return RideFacts(**(values | changes))


def booked(**changes: Any) -> VisitFacts:
    """A visit on Monday, 23 November 2026, at 11:30 in Chicago, booked two weeks before."""
    values: dict[str, Any] = {
        "id": 1,
        "clinic_id": 1,
        "patient_id": 1,
        "protocol": ketamine(),
        "zone": CHICAGO,
        "start": at(23, 11, 30),
        "known_since": at(10, 9),
        "booked_at": at(10, 9),
        "rides": (accepted(),),
    }
    return VisitFacts(**(values | changes))


def discharged(**changes: Any) -> VisitFacts:
    """The same visit, gone well: the infusion 11:40 to 12:20, home with the driver at 13:30."""
    values: dict[str, Any] = {
        "state": VisitState.DISCHARGED,
        "arrived_at": at(23, 11, 15),
        "started_at": at(23, 11, 40),
        "ended_at": at(23, 12, 20),
        "ready_at": at(23, 13, 20),
        "left_at": at(23, 13, 30),
        "rides": (accepted(state=RideState.TOOK, took_at=at(23, 13, 30)),),
    }
    return booked(**(values | changes))


def says_well(moment: datetime, check_in: str = "last-questions") -> Report:
    """Slept well, no symptom."""
    return Report(moment, check_in, slept=True, symptoms=WELL)


ZONES = sorted(
    name for name in available_timezones() if name not in {"localtime", "Factory", "posixrules"}
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
#: What clinics do otherwise, each on top of a shipped protocol.
HABITS: list[dict[str, Any]] = [
    {},
    {"quiet_hours": None},
    {"quiet_hours.start": "22:30:00", "quiet_hours.end": "06:30:00"},
    {"wait.minimum": "PT2H", "wait.floor": "PT2H", "wait.next_day_at": None},
    {"wait.minimum": "PT48H", "wait.sleep_required": False},
    {"wait.next_day_at": "02:30:00", "wait.keep_asking": "P7D"},
    {"merge_within": "PT0S", "wait.remind_at_least_every": "PT90M"},
    {"merge_within": "PT2H", "wait.remind_at_least_every": "PT4H"},
    {"driver.required": False},
]


@cache
def with_habit(name: str, number: int) -> Protocol:
    """A shipped protocol as one clinic changed it."""
    return changed(shipped(name), HABITS[number])


protocols: st.SearchStrategy[Protocol] = st.builds(
    with_habit,
    st.sampled_from(["ketamine-iv-adult", "esketamine-nasal"]),
    st.integers(0, len(HABITS) - 1),
)
#: Any second of the years 2026 to 2036.
instants = st.integers(1_767_225_600, 2_114_380_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def spans(least: timedelta, most: timedelta) -> st.SearchStrategy[timedelta]:
    """Any whole number of seconds between the two."""
    seconds = st.integers(int(least.total_seconds()), int(most.total_seconds()))
    return seconds.map(lambda count: timedelta(seconds=count))


@st.composite
def any_visit(draw: st.DrawFn) -> VisitFacts:
    """A visit that is still to come, in any zone, under any shipped protocol."""
    start = draw(instants)
    known = start - draw(spans(0 * HOURS, 20 * DAYS))
    ride = RideFacts(7, Role.DRIVER, RideState.ACCEPTED, accepted_at=known + 5 * MINUTES)
    return booked(
        protocol=draw(protocols),
        zone=draw(zones),
        start=start,
        known_since=known,
        booked_at=known,
        rides=draw(st.sampled_from([(), (ride,)])),
    )


@st.composite
def any_discharged(draw: st.DrawFn) -> VisitFacts:
    """A visit after its discharge, with whatever the patient has answered since."""
    visit = draw(any_visit())
    started = visit.start + draw(spans(0 * HOURS, 2 * HOURS))
    ended = started + draw(spans(20 * MINUTES, 2 * HOURS))
    left = ended + draw(spans(1 * HOURS, 6 * HOURS))
    reports = draw(
        st.lists(any_report(left), max_size=4).map(lambda r: sorted(r, key=lambda x: x.at))
    )
    return discharged(
        protocol=visit.protocol,
        zone=visit.zone,
        start=visit.start,
        known_since=visit.known_since,
        booked_at=visit.booked_at,
        arrived_at=visit.start,
        started_at=started,
        ended_at=ended,
        ready_at=left,
        left_at=left,
        rides=tuple(
            RideFacts(r.id, r.role, RideState.TOOK, accepted_at=r.accepted_at, took_at=left)
            for r in visit.rides
        ),
        reports=tuple(reports),
    )


@st.composite
def any_report(draw: st.DrawFn, left: datetime) -> Report:
    """Any answer in the three days after the discharge, “not sure” among them."""
    moment = left + draw(spans(0 * HOURS, 3 * DAYS))
    taken = draw(st.sampled_from([None, None, moment]))
    return Report(
        at=moment,
        check_in=draw(st.sampled_from(["later-2h", "morning", "evening", "last-questions"])),
        slept=draw(st.sampled_from([None, True, False])),
        symptoms=draw(st.sampled_from([None, WELL, frozenset({"dizziness"})])),
        sedative_at=taken,
    )
