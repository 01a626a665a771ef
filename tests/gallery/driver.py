"""What a driver, backup or companion meets on the phone, from the link to the end."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.red_flags import report_red_flag
from recovery.services.ride_links import ride_link
from recovery.store.database import db
from recovery.store.visits import Visit
from tests.builders import NOW, a_ride, a_visit
from tests.builders_protocol import ketamine
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.patient_after import WELL, waiting
from tests.gallery.patient_settings import PATIENTS_STAGES, STAGES
from tests.gallery.scenes import A_DAY, HOUR, People, booked, of_the_driver, planned

TOMORROW: Final = NOW + timedelta(days=1)
HOME: Final = VisitState.DISCHARGED


def linked(
    role: Role = Role.DRIVER, own_phone: bool = False, in_use: bool = False, **how: Any
) -> Situation:
    """Somebody with a link who has not signed in; `own_phone`: it is the patient's."""
    patient, visit, ride = booked(role=role, **how)
    token = ride_link(ride.id, Actor("patient", patient.id), NOW).token
    ride.link_used_at = NOW if in_use else None
    db.session.commit()
    names = {"link": token, "visit": visit.id, "ride": ride.id}
    return situation(patient, **names) if own_phone else Situation({}, names)


def linked_for_three() -> Situation:
    """Somebody whose link asks for three days of one series."""
    patient, visit, ride = booked(ride=RideState.ASKED, start_at=TOMORROW, series="one-series")
    for days in (3, 7):
        start = visit.start_at + timedelta(days=days)
        later = a_visit(patient, visit.protocol_version, start_at=start, series="one-series")
        a_ride(later, RideState.NAMED, accepted_at=None).contact_id = ride.contact_id
    db.session.commit()
    token = ride_link(ride.id, Actor("patient", patient.id), NOW).token
    return Situation({}, {"link": token, "visit": visit.id, "ride": ride.id})


def ended() -> Situation:
    """Somebody whose link is for a visit that was cancelled since."""
    found = linked(ride=RideState.ASKED, start_at=TOMORROW)
    visit = db.session.get_one(Visit, found.names["visit"])
    visit.state = VisitState.CANCELLED.value
    db.session.commit()
    return found


def taken_by_other(state: VisitState) -> People:
    """A backup who said yes, as the first driver did."""
    patient, visit, ride = booked(state, Role.BACKUP, ride=RideState.ACCEPTED)
    a_ride(visit, RideState.TOOK if state is HOME else RideState.ACCEPTED, name="Lee Park")
    planned(patient)
    return patient, visit, ride


def two_rides() -> People:
    """Somebody who drives the same patient on two days."""
    patient, visit, ride = booked()
    later = a_visit(patient, visit.protocol_version, start_at=NOW + timedelta(days=7))
    a_ride(later).contact_id = ride.contact_id
    planned(patient)
    return patient, visit, ride


def reported() -> People:
    """A driver who told the clinic that something is wrong."""
    patient, visit, ride = booked(HOME)
    report_red_flag(visit.id, "confusion", Actor("driver", ride.contact_id), NOW)
    return patient, visit, ride


def _ride(name: str, *how: Any, **more: Any) -> Entry:
    return Entry(f"driver-{name}", of_the_driver(booked, *how, **more), "/driver/rides/{ride}")


BOOKED: Final = of_the_driver(booked)
TOOK: Final = of_the_driver(booked, HOME)
LINK: Final = "/ride/{link}"
RIDE: Final = "/driver/rides/{ride}"
ASKED: Final = partial(linked, ride=RideState.ASKED)

DRIVER: Final[tuple[Entry, ...]] = (
    Entry("driver-asked", ASKED, LINK),
    *(
        Entry(f"driver-asked-{role.value}", partial(linked, role, ride=RideState.ASKED), LINK)
        for role in (Role.BACKUP, Role.COMPANION)
    ),
    Entry("driver-asked-changed", ASKED, LINK, {"shown": "before"}, f"{LINK}/accept", status=409),
    Entry("driver-asked-yes", ASKED, LINK, sends={}, to=f"{LINK}/accept", afresh=True),
    Entry("driver-asked-no", ASKED, LINK, sends={}, to=f"{LINK}/decline", afresh=True),
    Entry("driver-asked-three", linked_for_three, LINK),
    Entry("driver-asked-again", partial(linked, ride=RideState.ACCEPTED), LINK),
    Entry("driver-link-of-the-patient", partial(linked, own_phone=True), LINK),
    Entry("driver-link-in-use", partial(linked, in_use=True), LINK, status=409),
    Entry("driver-link-ended", ended, LINK, status=410),
    Entry("driver-link-unknown", ended, "/ride/never-was", status=410),
    *(
        Entry(f"driver-notices-{stage}", BOOKED, f"{RIDE}/notices", shows=f"[data-when={stage}]")
        for stage in STAGES
        if stage not in PATIENTS_STAGES
    ),
    *(
        _ride(state.value, state, start_at=NOW + 2 * HOUR)
        if state is VisitState.BOOKED
        else _ride(state.value, state)
        for state in VisitState
    ),
    _ride("booked-tomorrow", start_at=TOMORROW),
    _ride("booked-far", start_at=NOW + timedelta(days=5)),
    _ride("coming", ride=RideState.ACCEPTED),
    _ride("home", HOME, ride=RideState.HOME),
    _ride("left-without", HOME, ride=RideState.ACCEPTED),
    Entry("driver-passed", of_the_driver(waiting, ago=A_DAY), RIDE),
    Entry("driver-over", of_the_driver(waiting, ago=A_DAY, heard=WELL), RIDE),
    Entry("driver-backup", of_the_driver(taken_by_other, VisitState.BOOKED), RIDE),
    Entry("driver-backup-after", of_the_driver(taken_by_other, HOME), RIDE),
    _ride("companion-booked", VisitState.BOOKED, Role.COMPANION),
    _ride("companion-after", HOME, Role.COMPANION),
    Entry("driver-said-coming", BOOKED, RIDE, sends={}, to=f"{RIDE}/coming", afresh=True),
    Entry("driver-said-home", TOOK, RIDE, sends={}, to=f"{RIDE}/home", afresh=True),
    Entry("driver-looked-in", TOOK, RIDE, sends={}, to=f"{RIDE}/looked-in", afresh=True),
    Entry("driver-cannot", BOOKED, f"{RIDE}/cannot"),
    Entry("driver-withdrawn", BOOKED, f"{RIDE}/cannot", sends={}, afresh=True),
    Entry("driver-two-rides", of_the_driver(two_rides), "/driver/"),
    Entry("driver-no-ride", of_the_driver(booked, ride=RideState.WITHDRAWN), "/driver/"),
    Entry("driver-help", TOOK, "/driver/help"),
    Entry("driver-going-home", TOOK, f"{RIDE}/going-home"),
    Entry("driver-going-home-passed", of_the_driver(waiting, ago=A_DAY), f"{RIDE}/going-home"),
    *(
        Entry(f"driver-flag-{flag.id}", of_the_driver(reported), f"{RIDE}/help/{place}")
        for place, flag in enumerate(ketamine().red_flags, 1)
        if flag.asked_of_others and flag.id in {"cannot-be-woken", "suicidal", "confusion", "rash"}
    ),
    *(
        Entry(f"driver-notice-{kind}", TOOK, f"/driver/notices/{{notice[{kind}]}}")
        for kind in ("thanks-driver", "rest-driver", "evening-driver")
    ),
    Entry("driver-not-found", BOOKED, "/driver/nothing-here", status=404),
)
