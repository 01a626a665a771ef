"""What a driver reads: one sentence for where things stand, one for what comes next."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask_babel import gettext as _

from recovery.domain.notices.says import pickup_at
from recovery.domain.ride import RideState, Role
from recovery.domain.times import rounded_up
from recovery.domain.visit import GONE, VisitFacts, VisitState
from recovery.domain.wait import earliest_of, over_since
from recovery.store.patients import Contact, Patient
from recovery.store.rides import Ride
from recovery.web.times import clock_time, date_time, day_time


@dataclass(frozen=True, slots=True)
class Live:
    """Where things stand for one driver: a heading, a sentence more, a picture, a mood."""

    title: str
    words: str
    picture: str
    kind: str

    def version(self, *more: object) -> str:
        """A short mark that changes when the page must be shown anew."""
        said = "\n".join(str(part) for part in (self.title, self.words, *more))
        return sha256(said.encode()).hexdigest()[:16]


def first_name(person: Patient | Contact) -> str:
    """The name by which people know one another; a driver is shown no more of the patient's."""
    return next(iter(person.name.split()), "")


def live(ride: Ride, visit: VisitFacts, now: datetime) -> Live:
    """Say where the patient is and what comes next, in absolute times of the clinic."""
    name = first_name(ride.visit.patient)
    if visit.state in {VisitState.CANCELLED, VisitState.NO_SHOW}:
        return Live(
            _("This visit is cancelled"), _("You need not come. Thank you."), "calendar", "plain"
        )
    if visit.state in GONE:
        return _after(ride, visit, name, now)
    if ride.role == Role.COMPANION:
        return Live(
            _("%(name)s needs you after the visit", name=name),
            _("We tell you when %(name)s is on the way home.", name=name),
            "house",
            "plain",
        )
    stands_in = visit.driver is not None and visit.driver.id != ride.id
    found = _at_the_clinic(visit, name)
    if not stands_in:
        return found
    return Live(
        _("You are the backup"),
        _("Somebody else is set to drive. We tell you at once if we need you."),
        "users",
        "plain",
    )


def _at_the_clinic(visit: VisitFacts, name: str) -> Live:
    pickup = clock_time(pickup_at(visit))
    if visit.state is VisitState.BOOKED:
        return Live(
            _("You take %(name)s home", name=name),
            _(
                "The visit is on %(when)s. Pick-up is at about %(pickup)s.",
                when=date_time(visit.start),
                pickup=pickup,
            ),
            "calendar",
            "plain",
        )
    if visit.state is VisitState.ARRIVED:
        return Live(
            _("%(name)s is at the clinic", name=name),
            _("The visit begins soon. Pick-up is at about %(pickup)s.", pickup=pickup),
            "clock",
            "plain",
        )
    if visit.state is VisitState.INFUSING:
        return Live(
            _("%(name)s’s visit has begun", name=name),
            _("Pick-up is at about %(pickup)s. Please keep your phone on.", pickup=pickup),
            "clock",
            "plain",
        )
    if visit.state is VisitState.RECOVERING:
        return Live(
            _("%(name)s is resting", name=name),
            _("Ready at about %(pickup)s. We tell you when.", pickup=pickup),
            "bed",
            "plain",
        )
    return Live(
        _("%(name)s is ready", name=name),
        _("Please come in and show your code."),
        "car",
        "good",
    )


def _after(ride: Ride, visit: VisitFacts, name: str, now: datetime) -> Live:
    state = RideState(ride.state)
    taken_by_other = visit.driver is not None and visit.driver.id != ride.id
    if taken_by_other and ride.role != Role.COMPANION:
        return Live(
            _("%(name)s is on the way home", name=name),
            _("Somebody else drives. Thank you for being there."),
            "car",
            "good",
        )
    if visit.state is VisitState.TRANSFERRED:
        return Live(
            _("%(name)s was taken to another place of care", name=name),
            _("Please call the clinic. They tell you more."),
            "phone",
            "alarm",
        )
    if over_since(visit) is not None:
        return Live(
            _("%(name)s’s minimum wait has ended", name=name),
            _("%(name)s must still not drive with any effect left. Thank you.", name=name),
            "sunrise",
            "good",
        )
    if state is RideState.HOME:
        return Live(_("Thank you. You are home"), not_before(visit, name, now), "house", "good")
    if state is RideState.TOOK or ride.role == Role.COMPANION:
        return Live(
            _("%(name)s must not drive", name=name), not_before(visit, name, now), "ban", "plain"
        )
    return Live(
        _("%(name)s has left the clinic", name=name),
        _("Is %(name)s with you? If not, please call the clinic now.", name=name),
        "phone",
        "alarm",
    )


def not_before(visit: VisitFacts, name: str, now: datetime) -> str:
    """Say until when the patient must not drive, at the least."""
    earliest = earliest_of(visit)
    if earliest is None or earliest <= now:
        return str(_("%(name)s must not drive yet. The wait goes on.", name=name))
    return str(
        _(
            "%(name)s must not drive before %(when)s. Please keep the car keys.",
            name=name,
            when=day_time(rounded_up(earliest)),
        )
    )
