"""A patient ends their account: notices and sign-ins end, and the clinic decides what it keeps."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update

from recovery.domain.visit import IN_THE_CHAIR, VisitState
from recovery.services.alerts import raise_alert, raise_for_clinic
from recovery.services.audit import Actor, record
from recovery.services.devices import retire_devices_of
from recovery.services.of_patient import about
from recovery.services.planning import replan
from recovery.services.reading import Stage, standing_of
from recovery.services.refusals import NotFound, Refused
from recovery.services.rides import revoke
from recovery.services.sign_in import end
from recovery.services.within_reach import consented
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.patients import Patient
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face, SignIn, SignInCode
from recovery.store.visits import Visit

ENDED = "account-ended"


class NotYet(StrEnum):
    """Why an account cannot end now: the patient is being treated, or the wait goes on."""

    VISIT = "visit"
    WAIT = "wait"


def why_not_yet(patient: Patient, now: datetime) -> NotYet | None:
    """Say why an account cannot end now; None = it can.

    Nobody is left alone by a tap while they are treated or may not drive: notices, the driver
    and the clinic's person on call keep looking after them until the wait has ended.
    """
    stage = standing_of(patient, now).stage
    return {Stage.DAY: NotYet.VISIT, Stage.WAIT: NotYet.WAIT}.get(stage)


def end_account(patient_id: int, clinic_id: int, actor: Actor, now: datetime) -> Patient:
    """End a patient's account at their wish: nothing is sent from this commit on, every phone is
    signed out, no driver is told anything more, and the clinic has a task to decide what it must
    keep. Twice is once.

    Raises `NotFound`, or `Refused` while a visit or its wait goes on.
    """
    visits = _locked_visits(patient_id)
    patient = _locked_patient(patient_id, clinic_id)
    if patient.ended_at is None:
        if why_not_yet(patient, now) is not None:
            raise Refused(
                "This account cannot end yet: the wait of the last visit is not over. "
                "Until then we look after you."
            )
        patient.ended_at, patient.halted_at = now, patient.halted_at or now
        patient.welcome_ends_at = now if patient.welcome_ends_at else None
        _sign_out(patient_id, now)
        for ride in _told(visits):
            revoke(ride, actor, now)
        _ask_the_clinic(patient, visits, now)
        replan(patient_id, now)
        record(clinic_id, actor, ENDED, patient, now)
    db.session.commit()
    return patient


def open_again(patient: Patient, now: datetime) -> None:
    """Somebody whose account ended comes in by a new link of the clinic. Does not commit."""
    if patient.ended_at is not None:
        patient.ended_at = patient.halted_at = None
        replan(patient.id, now)
        record(patient.clinic_id, Actor("patient", patient.id), "opened-again", patient, now)


def _locked_visits(patient_id: int) -> list[Visit]:
    chosen = select(Visit).where(Visit.patient_id == patient_id).order_by(Visit.start_at, Visit.id)
    return list(db.session.scalars(chosen.with_for_update(of=Visit, key_share=True)))


def _locked_patient(patient_id: int, clinic_id: int) -> Patient:
    chosen = select(Patient).where(
        Patient.id == patient_id, Patient.clinic_id == clinic_id, Patient.erased_at.is_(None)
    )
    patient = db.session.scalars(chosen.with_for_update(key_share=True)).first()
    if patient is None:
        raise NotFound
    return patient


def _sign_out(patient_id: int, now: datetime) -> None:
    live = select(SignIn.id).where(
        SignIn.face == Face.PATIENT.value,
        SignIn.subject_id == patient_id,
        SignIn.ended_at.is_(None),
    )
    for sign_in_id in db.session.scalars(live.order_by(SignIn.id)).all():
        end(sign_in_id, now)
        retire_devices_of(sign_in_id, ENDED, now)
    db.session.execute(
        update(SignInCode)
        .where(SignInCode.patient_id == patient_id, SignInCode.used_at.is_(None))
        .values(used_at=now)
    )


def _told(visits: list[Visit]) -> list[Ride]:
    """Return whom the patient lets be told; nobody of them is in the chair with them."""
    ids = [visit.id for visit in visits if VisitState(visit.state) not in IN_THE_CHAIR]
    chosen = select(Ride).where(Ride.visit_id.in_(ids), Ride.id.in_(consented()))
    return list(db.session.scalars(chosen.order_by(Ride.id).with_for_update(of=Ride)))


def _ask_the_clinic(patient: Patient, visits: list[Visit], now: datetime) -> None:
    key = f"{about(patient.id)}{ENDED}"
    if visits:
        raise_alert(visits[-1], ENDED, now, key=key, patient=patient.id)
    else:
        level = AlertLevel.TASK
        raise_for_clinic(patient.clinic_id, ENDED, now, level=level, key=key, patient=patient.id)
