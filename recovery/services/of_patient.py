"""All that the database holds of one patient: which rows of which tables are theirs.

One list for whoever hands it out and whoever erases it; a test fails for a table that is not here.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from recovery.store.addresses import Address
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.database import Base
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice, Receipt
from recovery.store.patients import Consent, Contact, Patient
from recovery.store.reasons import Reason
from recovery.store.rides import Promise, Ride
from recovery.store.said import Said
from recovery.store.sign_ins import Face, SignIn, SignInCode
from recovery.store.visits import (
    Answer,
    CheckDone,
    CheckInAnswer,
    LastTaken,
    Observation,
    ScoreReading,
    StepDone,
    Visit,
    Vital,
)

OF_VISITS = (
    StepDone, Answer, LastTaken, Vital, Observation, ScoreReading, CheckDone, CheckInAnswer, Ride,
)  # fmt: skip


def belongs(patient_id: int) -> Mapping[type[Base], ColumnElement[bool]]:
    """Return for each table what its rows of this patient have in common.

    What a driver's own phone left (sign-ins, phones, numbers) is with them: it is about the
    patient only through the contact.
    """
    visits = select(Visit.id).where(Visit.patient_id == patient_id)
    contacts = select(Contact.id).where(Contact.patient_id == patient_id)
    rides = select(Ride.id).where(Ride.visit_id.in_(visits))
    notices = select(Notice.id).where(Notice.visit_id.in_(visits))
    attempts = select(Attempt.id).where(Attempt.notice_id.in_(notices))
    return {
        Patient: Patient.id == patient_id,
        Contact: Contact.patient_id == patient_id,
        Address: _owned(Address, patient_id, contacts),
        Device: _owned(Device, patient_id, contacts),
        SignIn: or_(
            and_(SignIn.face == Face.PATIENT.value, SignIn.subject_id == patient_id),
            and_(SignIn.face == Face.DRIVER.value, SignIn.subject_id.in_(contacts)),
        ),
        SignInCode: SignInCode.patient_id == patient_id,
        Visit: Visit.patient_id == patient_id,
        **{model: model.visit_id.in_(visits) for model in OF_VISITS},
        Consent: Consent.ride_id.in_(rides),
        Promise: Promise.ride_id.in_(rides),
        Said: Said.patient_id == patient_id,
        Notice: Notice.visit_id.in_(visits),
        Attempt: Attempt.notice_id.in_(notices),
        Receipt: Receipt.attempt_id.in_(attempts),
        Alert: or_(
            Alert.visit_id.in_(visits),
            and_(Alert.visit_id.is_(None), Alert.key.startswith(about(patient_id))),
        ),
        Reason: Reason.patient_id == patient_id,
        AuditRow: or_(
            AuditRow.visit_id.in_(visits),
            and_(AuditRow.subject == Patient.__tablename__, AuditRow.subject_id == patient_id),
        ),
    }


def about(patient_id: int) -> str:
    """Return how the key of an alert about a patient begins who may have no visit."""
    return f"patient:{patient_id}:"


def _owned(
    model: type[Address] | type[Device], patient_id: int, contacts: Select[Any]
) -> ColumnElement[bool]:
    return or_(
        and_(model.role == "patient", model.owner_id == patient_id),
        and_(model.role == "contact", model.owner_id.in_(contacts)),
    )
