"""A patient's data in words: who has looked, who is told, and all of it on paper."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Response
from flask_babel import LazyString, format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.protocol.day import Measure
from recovery.domain.protocol.questions import CheckIn
from recovery.domain.ride import Role
from recovery.domain.rights import StaffRole
from recovery.domain.visit import GONE, IN_THE_CHAIR, NOT_HAPPENING, VisitFacts, VisitState
from recovery.services.looking import Look, looks_at
from recovery.services.patient_notices import whole_words
from recovery.services.preparation import answers_of, steps_of
from recovery.services.record import Record, record_of
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.web.driver_words import first_name
from recovery.web.language import NAMES
from recovery.web.monitoring_words import ITEMS, noted_words
from recovery.web.patient_step_words import AnswerGroup, answer_groups
from recovery.web.patient_words import language, said
from recovery.web.ride_words import role_words, story
from recovery.web.staff_words import MEASURES
from recovery.web.telephone import telephone

LOOKERS: Final[dict[StaffRole, LazyString]] = {
    StaffRole.FRONT_DESK: _l("front desk"),
    StaffRole.NURSE: _l("nurse"),
    StaffRole.PROVIDER: _l("doctor or provider"),
    StaffRole.ADMIN: _l("office"),
}
STATES: Final[dict[VisitState, LazyString]] = {
    VisitState.BOOKED: _l("Booked"),
    VisitState.CANCELLED: _l("Cancelled"),
    VisitState.NO_SHOW: _l("You did not come"),
    VisitState.ARRIVED: _l("You are at the clinic"),
    VisitState.INFUSING: _l("You are at the clinic"),
    VisitState.RECOVERING: _l("You are at the clinic"),
    VisitState.READY: _l("You are at the clinic"),
    VisitState.DISCHARGED: _l("You went home"),
    VisitState.LEFT: _l("You left before the clinic sent you home"),
    VisitState.TRANSFERRED: _l("You were taken to another place of care"),
}

#: Title, when it was said, and each question with its answer.
CheckInOnPaper = tuple[str, datetime, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told of a visit, and what follows when that ends."""

    ride: Ride
    name: str
    role: str
    at: datetime
    follows: str


@dataclass(frozen=True, slots=True)
class VisitOnPaper:
    """One visit with its moments, answers and people, for a printed page."""

    visit: VisitFacts
    state: str
    moments: tuple[tuple[str, datetime], ...]
    groups: tuple[AnswerGroup, ...]
    check_ins: tuple[CheckInOnPaper, ...]
    vitals: tuple[tuple[str, str, datetime], ...]
    people: tuple[tuple[str, str, tuple[tuple[str, datetime], ...]], ...]
    notices: tuple[tuple[str, datetime], ...]


def look_words(look: Look) -> str:
    """Say who looked: "Nora Weiss, nurse", and whether they took a copy."""
    who = _("%(name)s, %(role)s", name=look.name, role=LOOKERS[StaffRole(look.role)])
    return str(_("%(who)s, took a copy", who=who) if look.took else who)


def told(ride: Ride) -> Told:
    """Say who is told, and what follows from taking that back."""
    name, role = first_name(ride.contact), role_words(ride.role)
    return Told(ride, name, role, ride.visit.start_at, _follows(ride, name))


def _follows(ride: Ride, name: str) -> str:
    at_once = _("At once %(name)s sees and hears nothing more.", name=name)
    state = VisitState(ride.visit.state)
    if Role(ride.role) is Role.COMPANION or state in GONE | NOT_HAPPENING:
        return str(at_once)
    if state in IN_THE_CHAIR:
        more = _("Your clinic is told now. You still may not drive yourself home.")
    elif Role(ride.role) is Role.BACKUP:
        more = _("Then nobody stands in if your driver cannot come.")
    else:
        more = _("Then you need somebody else to take you home, or your visit cannot start.")
    return f"{at_once} {more}"


def as_file(kept: dict[str, Any], patient_id: int) -> Response:
    """Return all that is kept as a file to save."""
    words = json.dumps(kept, ensure_ascii=False, indent=1)
    response = Response(words + "\n", mimetype="application/json")
    name = f"homeward-{patient_id}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def record_on_paper(patient: Patient, now: datetime) -> dict[str, Any]:
    """Return all that the printed page says of a patient, in the language that is set."""
    record = record_of(patient)
    return {
        "patient": patient,
        "made_at": now,
        "person": address_words(patient),
        "visits": [_visit(visit, record, now) for visit in reversed(record.visits)],
        "looks": [(look_words(look), look.at) for look in looks_at(patient)],
    }


def _visit(visit: VisitFacts, record: Record, now: datetime) -> VisitOnPaper:
    vitals = [row for row in record.vitals if row.visit_id == visit.id]
    return VisitOnPaper(
        visit=visit,
        state=str(STATES[visit.state]),
        moments=tuple(_moments(visit)),
        groups=tuple(answer_groups(steps_of(visit, now), visit, answers_of(visit), now)),
        check_ins=tuple(_check_ins(visit, record)),
        vitals=(
            *((str(MEASURES[Measure(v.measure)]), f"{v.value:g}", v.at) for v in vitals),
            *((str(ITEMS[n.item]), noted_words(n.noted), n.at) for n in record.noted[visit.id]),
        ),
        people=tuple(
            (ride.contact.name, role_words(ride.role), tuple(story(ride)))
            for ride in record.rides
            if ride.visit_id == visit.id
        ),
        notices=tuple(_notices(visit, record)),
    )


def _check_ins(visit: VisitFacts, record: Record) -> Iterator[CheckInOnPaper]:
    for row in record.check_ins:
        rule = visit.protocol.check_in(row.check_in) if row.visit_id == visit.id else None
        if rule is not None:
            yield said(rule.title), row.said_at or row.at, tuple(_pairs(rule, row.answers))


def _notices(visit: VisitFacts, record: Record) -> Iterator[tuple[str, datetime]]:
    for row in record.notices:
        if row.visit_id == visit.id and row.sent_at is not None:
            words = whole_words(row, language())
            yield words.title if words else row.kind, row.sent_at


def _moments(visit: VisitFacts) -> Iterator[tuple[str, datetime]]:
    times = (
        (_("You came"), visit.arrived_at),
        (_("It began"), visit.started_at),
        (_("It ended"), visit.ended_at),
        (_("You were ready to leave"), visit.ready_at),
        (_("You left"), visit.left_at),
    )
    yield from ((words, at) for words, at in times if at is not None)


def _pairs(rule: CheckIn, answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for question in rule.questions:
        choice = question.choice(answers.get(question.id, ""))
        if choice is not None:
            yield said(question.text), said(choice.text)


def address_words(patient: Patient) -> list[tuple[str, str]]:
    """Return what the clinic keeps of the person, name by name."""
    return [
        (_("Name"), patient.name),
        (_("Date of birth"), format_date(patient.born, "long")),
        (_("Phone"), telephone(patient.phone) if patient.phone else "–"),
        (_("E-mail"), patient.email or "–"),
        (_("Language"), NAMES[patient.language]),
    ]
