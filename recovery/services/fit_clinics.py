"""Whether each clinic can work: its numbers, its hours, its first admin, signed protocols."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from recovery.domain.hours import can_be_read
from recovery.services.facts import protocol_of
from recovery.services.findings import Finding, fault, fine, look
from recovery.services.first_admin import admins_of
from recovery.services.protocols import usable_versions
from recovery.store.clinics import Clinic
from recovery.store.database import db


def clinic_findings(now: datetime) -> list[Finding]:
    """Look at every clinic of the installation; raises SQLAlchemyError without a database."""
    clinics = db.session.scalars(select(Clinic).order_by(Clinic.id)).all()
    if not clinics:
        return [fault("clinic", "there is none yet: flask --app app setup")]
    return [finding for clinic in clinics for finding in _of(clinic, now)]


def _of(clinic: Clinic, now: datetime) -> Iterator[Finding]:
    about = f"clinic {clinic.id}, {clinic.name}"
    missing = list(_missing(clinic))
    yield (
        fault(about, f"lacks {', '.join(missing)}: flask --app app setup")
        if missing
        else fine(about, f"phone {clinic.phone}, on call {clinic.on_call_phone}, {clinic.zone}")
    )
    if not can_be_read(clinic.watched):
        yield fault(about, "its hours cannot be read, so that patients are told nobody watches")
    yield _admin(clinic, about, now)
    yield from _protocols(clinic, about)
    if clinic.paused_at is not None:
        yield look(about, "sends nothing now: flask --app app release-sending")


def _missing(clinic: Clinic) -> Iterator[str]:
    for name, words in (
        ("phone", "its phone"),
        ("on_call_phone", "the phone of who is on call"),
        ("on_call_name", "the name of who is on call"),
    ):
        if not getattr(clinic, name).strip():
            yield words


def _admin(clinic: Clinic, about: str, now: datetime) -> Finding:
    admins = admins_of(clinic.id)
    if any(person.password_hash for person in admins):
        return fine(about, "an admin has joined")
    if any(person.invite_ends_at and person.invite_ends_at > now for person in admins):
        return look(about, "its first admin has not opened the invitation yet")
    return fault(about, "has no admin who can sign in: flask --app app setup")


def _protocols(clinic: Clinic, about: str) -> Iterator[Finding]:
    versions = usable_versions(clinic.id)
    if not versions:
        yield fault(about, "has no protocol, so that nothing can be booked: add-protocol")
    unsigned = [one.slug for one in versions if not protocol_of(one).is_signed]
    if unsigned:
        names = ", ".join(unsigned)
        say = look if clinic.is_demo else fault
        yield say(about, f"a clinician must still sign {names}; no infusion can start before")
    elif versions:
        yield fine(about, f"{len(versions)} protocols, all signed")
