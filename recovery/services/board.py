"""The board: a day's visits of a clinic, and how far each is prepared, driven and told."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from recovery.domain.gate import answer_flags
from recovery.domain.monitoring import Measured
from recovery.domain.notice import LOST, NoticeState
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.preparation import StepKind
from recovery.domain.protocol.questions import FlagLevel
from recovery.domain.times import instant_at
from recovery.domain.visit import VisitFacts
from recovery.services.addresses import who_stopped_texts
from recovery.services.devices import BLOCKED
from recovery.services.drivers import drivers_of
from recovery.services.facts import facts_of
from recovery.services.silent_phones import silent_patients
from recovery.services.visit_moves import KEPT
from recovery.services.vitals import measured
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Notice
from recovery.store.visits import Answer, Visit

#: Steps that a patient finishes; a limit or a reminder is only read.
DOABLE = frozenset({StepKind.READ, StepKind.ANSWER, StepKind.DRIVER})
_SEEN = frozenset({NoticeState.SHOWN, NoticeState.OPENED, NoticeState.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Told:
    """How many notices of a visit were seen, went out unseen, or were lost; live phones, and
    whether one of them takes notices but proves none.

    `blocked`: there is no live phone because the last one stopped allowing notices.
    """

    devices: int
    blocked: bool
    seen: int
    unseen: int
    lost: int
    silent: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One visit on the board. Steps count those that a patient finishes; `driver` is the name of
    whoever takes the patient home, or empty. `measured`: vital signs, the oldest first."""

    visit: Visit
    facts: VisitFacts
    steps_done: int
    steps: int
    holds: int
    reviews: int
    told: Told
    driver: str
    measured: Sequence[Measured] = ()


def day_of(clinic: Clinic, now: datetime) -> date:
    """Return the date on the clinic's calendar."""
    return now.astimezone(ZoneInfo(clinic.zone)).date()


def board(clinic: Clinic, day: date, now: datetime) -> list[BoardRow]:
    """Return the clinic's visits whose start is on `day` in its zone, by time.

    A handful of queries, however many visits there are.
    """
    visits = _visits_on(clinic, day)
    ids = [visit.id for visit in visits]
    answers = _answers(ids)
    notices = _notices(ids)
    devices = _devices({visit.patient_id for visit in visits})
    known = facts_of(visits)
    drivers = drivers_of(known)
    taken = measured(ids)
    silent = silent_patients(clinic.id, now)
    stopped = who_stopped_texts({visit.patient_id for visit in visits})
    return [
        _row(
            visit,
            facts,
            answers[visit.id],
            replace(
                _told(devices[visit.patient_id], notices[visit.id], visit.patient_id in silent),
                stopped=visit.patient_id in stopped,
            ),
            drivers[visit.id].name if visit.id in drivers else "",
            taken[visit.id],
        )
        for visit, facts in zip(visits, known, strict=True)
    ]


def _visits_on(clinic: Clinic, day: date) -> Sequence[Visit]:
    zone = ZoneInfo(clinic.zone)
    begins = instant_at(day, time(), zone)
    ends = instant_at(day + timedelta(days=1), time(), zone)
    return db.session.scalars(
        select(Visit)
        .where(Visit.clinic_id == clinic.id, Visit.start_at >= begins, Visit.start_at < ends)
        .where(Visit.patient_id.in_(KEPT))
        .order_by(Visit.start_at, Visit.id)
        .options(
            joinedload(Visit.patient), joinedload(Visit.clinic), joinedload(Visit.protocol_version)
        )
    ).all()


def _answers(ids: Sequence[int]) -> defaultdict[int, dict[str, str]]:
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for row in db.session.scalars(select(Answer).where(Answer.visit_id.in_(ids))):
        found[row.visit_id][row.question] = row.choice
    return found


def _notices(ids: Sequence[int]) -> defaultdict[int, Counter[str]]:
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rows = db.session.execute(
        select(Notice.visit_id, Notice.state, func.count())
        .where(Notice.visit_id.in_(ids), Notice.role != Audience.STAFF.value)
        .group_by(Notice.visit_id, Notice.state)
    )
    for visit_id, state, count in rows:
        found[visit_id][state] = count
    return found


def _devices(patients: set[int]) -> defaultdict[int, list[str]]:
    """Return why each phone of a patient was given up, the newest last; "" = it works."""
    rows = db.session.execute(
        select(Device.owner_id, Device.retired_why)
        .where(Device.role == "patient", Device.owner_id.in_(patients))
        .order_by(Device.id)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for owner_id, why in rows:
        found[owner_id].append(why)
    return found


def _row(
    visit: Visit,
    facts: VisitFacts,
    answers: dict[str, str],
    told: Told,
    driver: str,
    taken: Sequence[Measured],
) -> BoardRow:
    steps = [step for step in facts.protocol.preparation.steps if step.kind in DOABLE]
    done = [step for step in steps if step.id in facts.steps_done]
    questions = [question for step in done for question in step.questions]
    levels = Counter(flag.level for flag in answer_flags(iter(questions), answers))
    return BoardRow(
        visit=visit,
        facts=facts,
        steps_done=len(done),
        steps=len(steps),
        holds=levels[FlagLevel.HOLD],
        reviews=levels[FlagLevel.REVIEW],
        told=told,
        driver=driver,
        measured=taken,
    )


def _told(devices: list[str], notices: Counter[str], silent: bool) -> Told:
    return Told(
        devices=devices.count(""),
        blocked="" not in devices and devices[-1:] == [BLOCKED],
        seen=sum(notices[state.value] for state in _SEEN),
        unseen=notices[NoticeState.SENT.value],
        lost=sum(notices[state.value] for state in LOST),
        silent=silent,
    )
