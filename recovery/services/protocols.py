"""The protocol versions that a clinic uses. A version never changes once it is there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from recovery.domain.protocol import Protocol
from recovery.services.audit import SYSTEM, record
from recovery.services.facts import protocol_of
from recovery.services.refusals import NotFound
from recovery.store.clinics import Clinic, ProtocolVersion, Staff
from recovery.store.database import db


def install_protocol(clinic_id: int, protocol: Protocol, now: datetime) -> ProtocolVersion:
    """Give a clinic a protocol; the same content again finds the version that is there.

    Other content becomes the clinic's next version, whatever number its file carries.
    Does not commit.
    """
    newest = db.session.scalars(
        select(ProtocolVersion)
        .where(ProtocolVersion.clinic_id == clinic_id, ProtocolVersion.slug == protocol.id)
        .order_by(ProtocolVersion.version.desc())
        .limit(1)
    ).first()
    number = max(protocol.version, newest.version + 1) if newest else protocol.version
    if newest is not None:
        same = protocol.model_copy(update={"version": newest.version})
        if same.model_dump_json() == newest.body:
            return newest
    body = protocol.model_copy(update={"version": number}).model_dump_json()
    version = ProtocolVersion(
        clinic_id=clinic_id, slug=protocol.id, version=number, body=body, created_at=now
    )
    db.session.add(version)
    db.session.flush()
    return version


def add_protocol(clinic_id: int, protocol: Protocol, now: datetime) -> ProtocolVersion:
    """Install a protocol at the operator's wish; NotFound without such a clinic. Commits."""
    if db.session.get(Clinic, clinic_id) is None:
        raise NotFound
    version = install_protocol(clinic_id, protocol, now)
    record(clinic_id, SYSTEM, "installed", version, now, number=version.version)
    db.session.commit()
    return version


def usable_versions(clinic_id: int) -> Sequence[ProtocolVersion]:
    """Return the newest version of each of the clinic's protocols, by name."""
    newest = (
        select(ProtocolVersion.slug, func.max(ProtocolVersion.version).label("version"))
        .where(ProtocolVersion.clinic_id == clinic_id)
        .group_by(ProtocolVersion.slug)
        .subquery()
    )
    return db.session.scalars(
        select(ProtocolVersion)
        .join(
            newest,
            (ProtocolVersion.slug == newest.c.slug) & (ProtocolVersion.version == newest.c.version),
        )
        .where(ProtocolVersion.clinic_id == clinic_id)
        .order_by(ProtocolVersion.slug)
    ).all()


def all_versions(clinic_id: int) -> Sequence[ProtocolVersion]:
    """Return every version of the clinic's protocols, by name, the newest first."""
    return db.session.scalars(
        select(ProtocolVersion)
        .where(ProtocolVersion.clinic_id == clinic_id)
        .order_by(ProtocolVersion.slug, ProtocolVersion.version.desc())
    ).all()


def emergency_number(clinic: Clinic) -> str:
    """Return the number for an emergency in the clinic's country, by its newest protocol that
    knows one; "" when none does."""
    versions = db.session.scalars(
        select(ProtocolVersion)
        .where(ProtocolVersion.clinic_id == clinic.id)
        .order_by(ProtocolVersion.id.desc())
    )
    for version in versions:
        known = protocol_of(version).numbers.get(clinic.country)
        if known is not None:
            return known.emergency
    return ""


def has_unsigned(clinic_id: int) -> bool:
    """Whether a protocol that can be booked lacks a clinician's signature."""
    return any(not protocol_of(version).is_signed for version in usable_versions(clinic_id))


def own_version(staff: Staff, version_id: int) -> ProtocolVersion:
    """Return a version of the staff person's clinic; NotFound for any other."""
    version = db.session.scalars(
        select(ProtocolVersion).where(
            ProtocolVersion.id == version_id, ProtocolVersion.clinic_id == staff.clinic_id
        )
    ).first()
    if version is None:
        raise NotFound
    return version
