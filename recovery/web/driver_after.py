"""What a driver, backup or companion does once the patient has left the clinic."""

from datetime import datetime

from flask_babel import gettext as _

from recovery.domain.homecoming import home_is_asked_of_backup
from recovery.domain.on_the_day import is_asked_to_look_in
from recovery.domain.ride import RideState, Role
from recovery.domain.times import rounded_up
from recovery.domain.visit import VisitFacts, VisitState
from recovery.domain.wait import earliest_of, over_since
from recovery.store.rides import Ride
from recovery.web.driver_words import Act, Now, first_name
from recovery.web.patient_words import spoken


def after_they_left(ride: Ride, visit: VisitFacts, now: datetime) -> Now:
    """Say what to do from the handover to the end of the wait."""
    name = first_name(ride.visit.patient)
    companion = ride.role == Role.COMPANION
    if visit.driver is not None and visit.driver.id != ride.id and not companion:
        return _somebody_else_drives(ride, visit, name, now)
    if visit.state is VisitState.TRANSFERRED:
        return _transferred(name)
    if over_since(visit) is not None:
        return _over(name)
    if is_asked_to_look_in(visit.ride(ride.id), visit, now):
        return _look_in(name)
    if companion:
        return _companion(visit, name, now)
    if ride.state == RideState.HOME:
        return _near(name, visit, now)
    return _on_the_way(visit, name, now) if ride.state == RideState.TOOK else _left(name)


def _transferred(name: str) -> Now:
    return Now(
        _("%(name)s was taken to another place of care", name=name),
        _("Please call the clinic. They tell you more."),
        "phone",
        kind="alarm",
    )


def _over(name: str) -> Now:
    return Now(
        _("%(name)s’s minimum wait has ended", name=name),
        _("%(name)s must still not drive with any effect left. Thank you.", name=name),
        "sunrise",
        kind="good",
    )


def _look_in(name: str) -> Now:
    return Now(
        _("Please look in on %(name)s", name=name),
        _("We have had no answer. Can %(name)s be woken, and talk?", name=name),
        "eye",
        kind="alarm",
        act=Act.LOOKED_IN,
        tap=awake(name),
    )


def _on_the_way(visit: VisitFacts, name: str, now: datetime) -> Now:
    return Now(
        _("%(name)s is with you", name=name),
        _("Drive slowly. Help on stairs. Tap when you are home."),
        "car",
        when=not_before(visit, name, now),
        act=Act.HOME,
        tap=_("We are home"),
    )


def _left(name: str) -> Now:
    return Now(
        _("%(name)s has left the clinic", name=name),
        _("Is %(name)s with you? If not, please call the clinic now.", name=name),
        "phone",
        kind="alarm",
        act=Act.HOME,
        tap=_("Yes, we are home"),
    )


def awake(name: str) -> str:
    """The words of the tap that answers a look in."""
    return str(_("%(name)s is awake and can talk", name=name))


def _companion(visit: VisitFacts, name: str, now: datetime) -> Now:
    driver = visit.driver
    if driver is not None and driver.home_at is None and driver.took_at is not None:
        return Now(
            _("%(name)s is on the way home", name=name),
            _("Please be there, and stay near."),
            "car",
            when=not_before(visit, name, now),
        )
    return _near(name, visit, now)


def _somebody_else_drives(ride: Ride, visit: VisitFacts, name: str, now: datetime) -> Now:
    if ride.role == Role.BACKUP and home_is_asked_of_backup(visit, now):
        return Now(
            _("Is %(name)s home?", name=name),
            _("Nobody has told us. Please call %(name)s, then tap.", name=name),
            "house",
            kind="alarm",
            act=Act.HOME,
            tap=_("%(name)s is home and safe", name=name),
        )
    if visit.driver is not None and visit.driver.home_at is not None:
        return Now(
            _("%(name)s is home", name=name), _("Thank you for being there."), "house", kind="good"
        )
    return Now(
        _("%(name)s is on the way home", name=name),
        _("Somebody else drives. Thank you for being there."),
        "car",
        kind="good",
    )


def _near(name: str, visit: VisitFacts, now: datetime) -> Now:
    return Now(
        _("Stay near %(name)s", name=name),
        _("Keep the car keys. Look in now and then."),
        "house",
        when=not_before(visit, name, now),
    )


def not_before(visit: VisitFacts, name: str, now: datetime) -> str:
    """Say until when the patient must not drive, at the least."""
    earliest = earliest_of(visit)
    if earliest is None or earliest <= now:
        return str(_("%(name)s must not drive yet. The wait goes on.", name=name))
    when = spoken(rounded_up(earliest), now)
    return str(_("%(name)s must not drive before %(when)s.", name=name, when=when))
