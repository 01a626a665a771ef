"""What to do now, as long as the patient is not on the way home. Times are the clinic's."""

from dataclasses import replace
from datetime import datetime

from flask_babel import gettext as _

from recovery.domain.homecoming import is_asked_to_stand_in
from recovery.domain.notices.says import pickup_at
from recovery.domain.on_the_day import (
    is_asked_if_coming,
    is_time_to_set_out,
    said_yes_to_another_time,
)
from recovery.domain.ride import RideFacts, Role
from recovery.domain.times import local_day
from recovery.domain.visit import NOT_HAPPENING, VisitFacts, VisitState
from recovery.store.rides import Ride
from recovery.web.driver_words import Act, Now, first_name
from recovery.web.times import clock_time, day


def before_they_left(ride: Ride, visit: VisitFacts, now: datetime) -> Now:
    """Say what to do as long as the patient is not on the way home."""
    name, known = first_name(ride.visit.patient), visit.ride(ride.id)
    if visit.state in NOT_HAPPENING:
        return Now(_("This visit is cancelled"), _("You need not come. Thank you."), "calendar")
    if said_yes_to_another_time(known, visit):
        return _moved(known, visit, name)
    if ride.role == Role.COMPANION:
        return _companion(visit, name, now)
    if visit.driver is not None and visit.driver.id != ride.id:
        return Now(
            _("You are the backup"),
            _("Somebody else is set to drive. We tell you here if that changes."),
            "users",
            when=f"{day(visit.start)}\n{_pickup(visit)}",
        )
    if is_asked_to_stand_in(visit):
        return Now(
            _("%(name)s needs you to drive", name=name),
            _("The first driver cannot come. Can you?"),
            "car",
            when=(
                _("Please come now.")
                if visit.state is VisitState.READY
                else f"{_day(visit, now)}\n{_pickup(visit)}"
            ),
            kind="wait",
            act=Act.COMING,
            tap=_("Yes, I am coming"),
        )
    if visit.state is VisitState.BOOKED:
        return _ahead(known, visit, name, now)
    return _on_the_way(known, _at_the_clinic(visit, name, now), visit, name, now)


def _moved(ride: RideFacts, visit: VisitFacts, name: str) -> Now:
    asks = (
        _("Can you still stay with %(name)s?", name=name)
        if ride.role == Role.COMPANION
        else _("Can you still take %(name)s home?", name=name)
    )
    return Now(
        _("The time has changed"),
        asks,
        "calendar",
        when=f"{day(visit.start)}\n{_from_to(visit)}",
        kind="wait",
        act=Act.COMING,
        tap=_("Yes, I still can"),
    )


def _companion(visit: VisitFacts, name: str, now: datetime) -> Now:
    if visit.state is VisitState.READY:
        return Now(
            _("%(name)s is ready to go home", name=name),
            _("Please be there when %(name)s comes home.", name=name),
            "house",
            kind="good",
        )
    begun = visit.started_at is not None
    title = _("%(name)s’s visit has begun", name=name)
    return Now(
        title if begun else _("%(name)s needs you after the visit", name=name),
        _("We tell you here when %(name)s is on the way home.", name=name),
        "house",
        when=f"{_day(visit, now)}\n{_from(visit)}",
    )


def _ahead(ride: RideFacts, visit: VisitFacts, name: str, now: datetime) -> Now:
    """Booked: nothing to do until the day before, then one question."""
    if now >= visit.start:
        return Now(
            _("The visit has not begun yet"),
            _("We tell you here when it does."),
            "clock",
            _pickup(visit),
        )
    found = Now(
        _("You take %(name)s home", name=name),
        _("Nothing to do until then."),
        "calendar",
        when=f"{_day(visit, now)}\n{_pickup(visit)}",
    )
    days = (local_day(visit.start, visit.zone) - local_day(now, visit.zone)).days
    begins = _(
        "The visit starts at %(time)s. Answer your phone from then on.",
        time=clock_time(visit.start),
    )
    if visit.protocol.driver.stays_on_site:
        begins = _("Come in at %(time)s and stay there.", time=clock_time(visit.start))
    if days <= 1:
        found = replace(found, words=begins)
    if is_asked_if_coming(ride, visit, now):
        return replace(found, act=Act.COMING, tap=_("Yes, I am coming"))
    return found


def _at_the_clinic(visit: VisitFacts, name: str, now: datetime) -> Now:
    if visit.state is VisitState.READY:
        return Now(
            _("%(name)s is ready", name=name),
            _("Come in and show this code."),
            "car",
            when=_("Please come now."),
            kind="good",
        )
    if visit.state is VisitState.ARRIVED:
        return Now(
            _("%(name)s is at the clinic", name=name),
            _("The visit begins soon. Keep your phone on."),
            "clock",
            when=_pickup(visit),
        )
    title, picture = _("%(name)s’s visit has begun", name=name), "clock"
    when = _pickup(visit)
    if visit.state is VisitState.RECOVERING:
        title, picture = _("%(name)s is resting", name=name), "bed"
        when = _("Ready at about %(pickup)s.", pickup=clock_time(pickup_at(visit)))
    if now > pickup_at(visit):
        later = _("A little later than %(time)s.", time=clock_time(pickup_at(visit)))
        return Now(title, _("We tell you here when %(name)s is ready.", name=name), picture, later)
    return Now(title, _("We tell you here when to set out."), picture, when)


def _on_the_way(ride: RideFacts, found: Now, visit: VisitFacts, name: str, now: datetime) -> Now:
    """The way to the clinic, as far as the driver has said: set out, then here."""
    ready = visit.state is VisitState.READY
    if ride.here_at is not None:
        waits = _("The clinic knows that you are here. This page says when to come in.")
        return found if ready else replace(found, words=waits)
    if ride.set_out_at is not None:
        knows = _("The clinic knows that you are on the way.")
        words = found.words if ready else knows
        return replace(found, words=words, act=Act.HERE, tap=_("I am here"))
    if not ready and not is_time_to_set_out(visit, now):
        return found
    found = replace(found, act=Act.SET_OUT, tap=_("I am on my way"))
    if ready or now > pickup_at(visit):
        return found
    return replace(
        found,
        title=_("Time to set out"),
        words=_("Tap when you leave, so that the clinic knows."),
        picture="car",
        when=_(
            "%(name)s is ready at about %(pickup)s.",
            name=name,
            pickup=clock_time(pickup_at(visit)),
        ),
    )


def _day(visit: VisitFacts, now: datetime) -> str:
    days = (local_day(visit.start, visit.zone) - local_day(now, visit.zone)).days
    words = {0: _("Today"), 1: _("Tomorrow")}
    return str(words.get(days) or day(visit.start))


def _pickup(visit: VisitFacts) -> str:
    return str(_("Pick-up at about %(pickup)s.", pickup=clock_time(pickup_at(visit))))


def _from_to(visit: VisitFacts) -> str:
    start, pickup = clock_time(visit.start), clock_time(pickup_at(visit))
    return str(_("%(start)s, pick-up at about %(pickup)s", start=start, pickup=pickup))


def _from(visit: VisitFacts) -> str:
    pickup = clock_time(pickup_at(visit))
    return str(_("from about %(pickup)s until the next morning", pickup=pickup))
