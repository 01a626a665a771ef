"""Who drives when the driver was lost, and whether anybody said that the patient is home.

Times are aware UTC. Apart from `on_the_day`, because the plan of notices asks this too.
"""

from datetime import datetime

from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import Audience, Condition, NoticeRule
from recovery.domain.protocol.timing import Anchor
from recovery.domain.visit import VisitFacts


def is_asked_to_stand_in(visit: VisitFacts) -> bool:
    """Whether a backup drives now, since the driver was lost, and has not said yes to that."""
    since, driver = visit.stands_in_since, visit.driver
    if since is None or driver is None or driver.took_at is not None:
        return False
    return driver.coming_at is None or driver.coming_at < since


def tells_staff_who_stands_in(protocol: Protocol) -> bool:
    """Whether a notice of the protocol tells staff that the backup must drive."""
    return any(
        rule.when.after is Anchor.STANDS_IN and Audience.STAFF in rule.to
        for rule in protocol.notices
    )


def home_is_asked_of_backup(visit: VisitFacts, now: datetime) -> bool:
    """Whether “home safe” is missing for so long that the backup was asked."""
    asked = _home_is_missed_at(visit, Audience.BACKUP)
    driver = visit.driver
    return asked is not None and asked <= now and driver is not None and driver.home_at is None


def home_was_said_late(visit: VisitFacts) -> bool:
    """Whether “home safe” came only after others than the driver were told that it is missing."""
    told = [_home_is_missed_at(visit, who) for who in (Audience.BACKUP, Audience.STAFF)]
    first = min((moment for moment in told if moment is not None), default=None)
    home = visit.driver.home_at if visit.driver is not None else None
    return first is not None and home is not None and home >= first


def _home_is_missed_at(visit: VisitFacts, who: Audience) -> datetime | None:
    """When `who` is told that nobody said “home safe”; None where the protocol never tells them."""
    took = visit.driver.took_at if visit.driver is not None else None
    offsets = [rule.when.offset for rule in visit.protocol.notices if _asks_for_home(rule, who)]
    return took + min(offsets) if took is not None and offsets else None


def _asks_for_home(rule: NoticeRule, who: Audience) -> bool:
    missing = Condition.NOT_HOME in rule.only
    return rule.when.after is Anchor.HANDOVER and missing and who in rule.to
