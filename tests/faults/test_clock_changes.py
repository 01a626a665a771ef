"""Every clock change of every zone from 2026 to 2036: waits count elapsed time, “08:00” is what a
clock on the wall shows, each notice is owed once, and none early."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from recovery.domain.ladder import Act, NoticeFacts, Terms, next_act
from recovery.domain.notice import NoticeState, Owed
from recovery.domain.notices import plan
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.timing import Anchor
from recovery.domain.times import instant_at
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import earliest_of
from tests.builders_protocol import ketamine
from tests.visits import DAYS, HOURS, MINUTES, ZONES, accepted, booked, discharged

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STEP = timedelta(days=1)
#: No zone is known to skip a date in these years: those that once did stand in for the next.
SKIPPED_A_DAY = {"Pacific/Apia": date(2011, 12, 30), "Pacific/Kwajalein": date(1993, 8, 21)}


@dataclass(frozen=True)
class Change:
    """At `at` (UTC) the clocks of a zone go from one offset to another."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def step(self) -> timedelta:
        return self.after - self.before

    @property
    def strange_time(self) -> datetime:
        """The clock time, in the middle of those that are skipped or come twice."""
        return (self.at + min(self.before, self.after) + abs(self.step) / 2).replace(tzinfo=None)


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def changes_of(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[Change]:
    """Find them by looking once a day, then by bisection to the second."""
    before = offset(first, zone)
    moment = first
    while moment < last:
        moment += STEP
        after = offset(moment, zone)
        if after != before:
            early, late = moment - STEP, moment
            while late - early > SECOND:
                middle = (early + (late - early) / 2).replace(microsecond=0)
                early, late = (middle, late) if offset(middle, zone) == before else (early, middle)
            yield Change(late, before, after)
            before = after


@cache
def all_changes() -> dict[tuple[timedelta, tuple[Change, ...]], list[str]]:
    """Zones whose clocks agree from 2026 to 2036, by their offset at first and their changes."""
    alike = defaultdict(list)
    for name in ZONES:
        zone = ZoneInfo(name)
        alike[offset(FIRST, zone), tuple(changes_of(zone, FIRST, LAST))].append(name)
    return alike


@cache
def cases() -> list[tuple[ZoneInfo, Change]]:
    found = [
        (ZoneInfo(names[0]), change)
        for (_, changes), names in all_changes().items()
        for change in changes
    ]
    for name, day in SKIPPED_A_DAY.items():
        zone, around = ZoneInfo(name), datetime.combine(day, time(12), UTC)
        found += [(zone, change) for change in changes_of(zone, around - 2 * DAYS, around + DAYS)]
    return found


def readings(day: date, clock: time, zone: ZoneInfo, change: Change) -> list[datetime]:
    """Each instant at which a clock on the wall shows it; the end of a gap if none does; a day
    that the zone skips is the next day. Found by trying both offsets."""
    shown = datetime.combine(day, clock)
    tried = {(shown - by).replace(tzinfo=UTC) for by in (change.before, change.after)}
    found = sorted(m for m in tried if m.astimezone(zone).replace(tzinfo=None) == shown)
    if not found and change.step >= DAYS:
        return readings(day + DAYS, clock, zone, change)
    return found or [change.at]


def eve(zone: ZoneInfo, change: Change) -> date:
    """The date on the day before the clocks change."""
    return (change.at + change.before - DAYS).date()


def went_home(zone: ZoneInfo, left: datetime, protocol: Protocol | None = None) -> VisitFacts:
    return discharged(
        protocol=protocol or ketamine(),
        zone=zone,
        start=left - 3 * HOURS,
        known_since=left - 13 * DAYS,
        booked_at=left - 13 * DAYS,
        arrived_at=left - 3 * HOURS,
        started_at=left - 2 * HOURS,
        ended_at=left - 70 * MINUTES,
        ready_at=left - 10 * MINUTES,
        left_at=left,
        rides=(accepted(accepted_at=left - 12 * DAYS, took_at=left),),
    )


def told_at(clock: time, visit: VisitFacts) -> VisitFacts:
    """The same visit under rules whose morning is at another clock time."""
    rules = visit.protocol
    notices = tuple(
        rule.model_copy(update={"when": rule.when.model_copy(update={"at": clock})})
        if rule.id == "morning"
        else rule
        for rule in rules.notices
    )
    changed = rules.model_copy(update={"notices": notices, "quiet_hours": None})
    return replace(visit, protocol=changed)


def waits_until(clock: time, visit: VisitFacts) -> VisitFacts:
    """The same visit under rules whose wait ends at this clock time of the next day."""
    rules = visit.protocol
    wait = rules.wait.model_copy(update={"next_day_at": clock, "minimum": timedelta()})
    changed = rules.model_copy(update={"wait": wait, "quiet_hours": None})
    return replace(visit, protocol=changed)


def is_awake(moment: datetime, visit: VisitFacts) -> bool:
    quiet = visit.protocol.quiet_hours
    assert quiet is not None
    return quiet.end <= moment.astimezone(visit.zone).time() < quiet.start


def of_kind(owed: tuple[Owed, ...], kind: str) -> list[datetime]:
    return [notice.due_at for notice in owed for part in notice.parts if part.kind == kind]


def check_each_once(owed: tuple[Owed, ...]) -> None:
    """Nobody is told the same thing of the same occasion twice."""
    keys = Counter((notice.recipient, part.key) for notice in owed for part in notice.parts)
    assert set(keys.values()) <= {1}


def check_each_once_a_day(owed: tuple[Owed, ...], zone: ZoneInfo) -> None:
    """Nobody is told the same thing of the wait twice on one day of the calendar."""
    days = Counter(
        (notice.recipient, part.kind, notice.due_at.astimezone(zone).date())
        for notice in owed
        for part in notice.parts
        if notice.no_driving or notice.safety
    )
    assert set(days.values()) <= {1}, [key for key, times in days.items() if times > 1]


def check_nothing_is_early(owed: tuple[Owed, ...], visit: VisitFacts) -> None:
    for notice in owed:
        facts = NoticeFacts(
            state=NoticeState.OWED,
            role=Audience.PATIENT,
            safety=notice.safety,
            due_at=notice.due_at,
            not_after=notice.not_after,
        )
        terms = Terms(visit.protocol.ladder, visit.zone, visit.protocol.quiet_hours)
        assert next_act(facts, terms, notice.due_at - SECOND).act is Act.WAIT
        assert next_act(facts, terms, notice.due_at).act is Act.SEND


def check_clock_times(owed: tuple[Owed, ...], visit: VisitFacts, change: Change) -> None:
    """What the protocol puts at a clock time is due when the wall shows it for the first time."""
    rules = {rule.id: rule for rule in visit.protocol.notices}
    for notice in owed:
        rule = rules.get(notice.principal.kind)
        if rule is not None and rule.when.at is not None and notice.principal.occasion:
            day = date.fromisoformat(notice.principal.occasion)
            assert notice.due_at == readings(day, rule.when.at, visit.zone, change)[0]


def test_clocks_are_those_of_every_zone_and_change_in_all_the_ways_there_are() -> None:
    found = all_changes()
    assert sum(len(names) for names in found.values()) == len(ZONES) > 500
    steps = Counter(change.step / MINUTES for _, changes in found for change in changes)
    assert {60, -60, 30, -30} <= set(steps)
    assert sum(steps.values()) > 500
    assert [change.step for zone, change in cases() if str(zone) in SKIPPED_A_DAY] == [DAYS, DAYS]


def test_clocks_change_in_the_night_after_a_visit_and_the_wait_counts_elapsed_time() -> None:
    for zone, change in cases():
        day = eve(zone, change)
        for clock in (time(9), time(13, 30), time(20)):
            left = readings(day, clock, zone, change)[0]
            next_day = readings(day + DAYS, time(6), zone, change)[-1]
            assert earliest_of(went_home(zone, left)) == max(left + 24 * HOURS, next_day)


@pytest.mark.parametrize("beside", [-MINUTES, timedelta(), MINUTES, 20 * MINUTES])
def test_clocks_change_at_the_very_end_of_a_wait_and_it_is_still_24_hours(beside) -> None:
    for zone, change in cases():
        left = change.at - DAYS + beside
        earliest = earliest_of(went_home(zone, left))
        assert earliest is not None
        assert earliest - left >= DAYS
        assert earliest.astimezone(zone).date() > left.astimezone(zone).date()


def test_clocks_change_in_the_night_after_a_visit_and_each_notice_is_owed_once_in_time() -> None:
    for zone, change in cases():
        left = readings(eve(zone, change), time(13, 30), zone, change)[0]
        visit = went_home(zone, left)
        owed = plan([visit])
        check_each_once(owed)
        check_each_once_a_day(owed, zone)
        check_nothing_is_early(owed, visit)
        check_clock_times(owed, visit, change)
        for rule in visit.protocol.notices:
            after_leaving = rule.when.after in {Anchor.DISCHARGE, Anchor.HANDOVER}
            if after_leaving and rule.when.at is None and rule.safety:
                exact, merged = left + rule.when.offset, visit.protocol.merge_within
                assert all(exact <= due <= exact + merged for due in of_kind(owed, rule.id))
        assert of_kind(owed, "rest") == [left + 45 * MINUTES]


def test_clocks_skip_or_repeat_the_very_time_of_a_rule_and_it_is_told_and_counted_once() -> None:
    for zone, change in cases():
        strange = change.strange_time
        if change.step >= DAYS:
            continue
        left = change.at - 14 * HOURS
        home = went_home(zone, left)
        visit = waits_until(strange.time(), home)
        first, *others = readings(strange.date(), strange.time(), zone, change)
        assert instant_at(strange.date(), strange.time(), zone) == first
        owed, told = plan([visit]), plan([told_at(strange.time(), home)])
        check_each_once(owed)
        check_each_once(told)
        if left.astimezone(zone).date() < strange.date():
            earliest = (others or [first])[-1]
            assert earliest_of(visit) == earliest
            assert of_kind(owed, "last-questions") == [earliest]
            assert of_kind(told, "morning").count(first) == 1


def test_clocks_change_in_the_night_before_a_visit_and_its_limits_are_elapsed_time() -> None:
    for zone, change in cases():
        start = readings(eve(zone, change) + DAYS, time(9), zone, change)[0]
        known = start - 14 * DAYS
        visit = booked(zone=zone, start=start, known_since=known, booked_at=known, rides=())
        owed = plan([visit])
        check_each_once(owed)
        check_each_once_a_day(owed, zone)
        check_nothing_is_early(owed, visit)
        for notice in owed:
            for part in notice.parts:
                step = visit.protocol.preparation.step(part.kind)
                if step is not None and "at" in part.says:
                    deadline = start + step.when.offset
                    assert datetime.fromisoformat(part.says["at"]) == deadline
                    assert notice.due_at <= deadline
                    assert is_awake(notice.due_at, visit)


@pytest.mark.parametrize(
    "day",
    [date(2028, 2, 28), date(2028, 2, 29), *(date(year, 12, 31) for year in range(2026, 2037))],
)
def test_leap_day_and_year_end_are_days_like_any_other(day: date) -> None:
    for name in ("America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"):
        zone = ZoneInfo(name)
        left = datetime.combine(day, time(13, 30), zone).astimezone(UTC)
        visit = went_home(zone, left)
        owed = plan([visit])
        assert earliest_of(visit) == left + 24 * HOURS
        check_each_once(owed)
        check_each_once_a_day(owed, zone)
        tomorrow = day + DAYS
        assert of_kind(owed, "morning") == [
            datetime.combine(tomorrow, time(8), zone).astimezone(UTC)
        ]
        asked = [
            moment.astimezone(zone).date() for moment in of_kind(owed, "still-waiting-evening")
        ]
        assert all(later - earlier == DAYS for earlier, later in pairwise(asked))
