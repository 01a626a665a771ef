"""Hands a patient all that is kept of them, as plain JSON values."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, select

from recovery.services.audit import Actor, record
from recovery.services.corrections import CORRECTED
from recovery.services.of_patient import belongs
from recovery.store.addresses import Address
from recovery.store.database import Base, db
from recovery.store.devices import Device
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face, SignIn, SignInCode

EXPORTED: Final = "exported-record"
#: Secrets, and what only keeps our queue in order: they say nothing of the patient.
LEFT_OUT: Final = frozenset(
    {
        "welcome_hash", "token_hash", "link_hash", "receipt_hash", "code_hash", "code", "key",
        "endpoint", "endpoint_hash", "p256dh", "auth", "server_key", "topic", "fence",
        "lease_until", "tries", "next_at", "previous", "hash",
    }
)  # fmt: skip


def all_of(patient: Patient, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return every row that is kept of a patient, table by table; the trail says so; commits.

    Times are UTC, ISO 8601. The phones and sign-ins of drivers are theirs and not handed out;
    names and numbers that the patient gave of them are. Of a number or e-mail that staff put right
    only the moments are: it may be somebody else's, and whose it is nobody knows.
    """
    patient_id, clinic = patient.id, patient.clinic
    note_copy(patient, actor, now)
    own = {Device: Device.role == "patient", Address: Address.role == "patient"}
    own[SignIn] = SignIn.face == Face.PATIENT.value
    tables = {
        model.__tablename__: list(_rows(model, and_(where, own.get(model, where))))
        for model, where in belongs(patient_id).items()
        if model is not SignInCode
    }
    return {"made_at": _plain(now), "clinic": clinic.name, "zone": clinic.zone, **tables}


def note_copy(patient: Patient, actor: Actor, now: datetime) -> None:
    """Write into the trail that somebody takes a copy of a patient's record; commits."""
    record(patient.clinic_id, actor, EXPORTED, patient, now)
    db.session.commit()


def _rows(model: type[Base], where: Any) -> Iterator[dict[str, Any]]:
    columns = [column for column in model.__table__.columns if column.name not in LEFT_OUT]
    for values in db.session.execute(select(*columns).where(where).order_by(*columns[:1])):
        pairs = zip(columns, values, strict=True)
        row = {column.name: _plain(value) for column, value in pairs}
        yield row | {"to": ""} if row.get("retired_why") == CORRECTED else row


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
