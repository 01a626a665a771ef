"""Writing a protocol: copied from a version, changed part by part, signed by name, published.

Visits keep the version under which they were booked.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import select

from recovery.domain.protocol import Protocol
from recovery.domain.protocol.base import SignOff
from recovery.domain.times import local_day
from recovery.services.audit import Actor, record
from recovery.services.facts import protocol_of
from recovery.services.protocols import install_protocol, own_version
from recovery.services.refusals import Conflict, NotFound, Refused
from recovery.store.clinics import ProtocolVersion, Staff
from recovery.store.database import db
from recovery.store.protocol_drafts import ProtocolDraft

LONGEST_TITLE: Final = 80  # characters of "MD, medical director"
Body = dict[str, Any]


def drafts_of(staff: Staff) -> Sequence[ProtocolDraft]:
    """Return what is being written at the clinic, by protocol."""
    return db.session.scalars(
        select(ProtocolDraft)
        .where(ProtocolDraft.clinic_id == staff.clinic_id)
        .order_by(ProtocolDraft.slug)
    ).all()


def own_draft(staff: Staff, draft_id: int) -> ProtocolDraft:
    """Return a draft of the staff person's clinic; NotFound for any other."""
    return _found(
        select(ProtocolDraft).where(
            ProtocolDraft.id == draft_id, ProtocolDraft.clinic_id == staff.clinic_id
        )
    )


def read(draft: ProtocolDraft) -> Protocol:
    """Return the protocol that a draft holds."""
    return Protocol.model_validate_json(draft.body)


def copy_version(staff: Staff, version_id: int, now: datetime) -> ProtocolDraft:
    """Begin a draft from a version, without its sign-offs; the one that exists is returned.

    Commits. NotFound for a version of another clinic.
    """
    version = own_version(staff, version_id)
    existing = db.session.scalars(
        select(ProtocolDraft).where(
            ProtocolDraft.clinic_id == staff.clinic_id, ProtocolDraft.slug == version.slug
        )
    ).first()
    if existing is not None:
        return existing
    draft = ProtocolDraft(
        clinic_id=staff.clinic_id,
        slug=version.slug,
        version_id=version.id,
        body=_unsigned(protocol_of(version)).model_dump_json(),
        changed_by=staff.id,
        changed_at=now,
    )
    db.session.add(draft)
    record(staff.clinic_id, Actor("staff", staff.id), "began-draft", draft, now, of=version.id)
    db.session.commit()
    return draft


def change(
    staff: Staff, draft_id: int, revision: int, edit: Callable[[Body], None], now: datetime
) -> ProtocolDraft:
    """Let `edit` change the draft's body (JSON values) in place; commits.

    Every sign-off ends with it. Raises pydantic's ValidationError when the result would be no
    protocol, and Conflict when somebody else changed the draft since it was read.
    """
    draft = _locked(staff, draft_id, revision)
    protocol = read(draft)
    body: Body = protocol.model_dump(mode="json")
    edit(body)
    body |= {"id": protocol.id, "version": protocol.version, "languages": list(protocol.languages)}
    changed = Protocol.model_validate(body)
    return _keep(staff, draft, _unsigned(changed), "changed-draft", now)


def sign(staff: Staff, draft_id: int, revision: int, title: str, now: datetime) -> ProtocolDraft:
    """Let a clinician answer for every rule of a draft, by name; commits."""
    title = title.strip()
    if not 0 < len(title) <= LONGEST_TITLE:
        raise Refused("Please write your title, like “MD, medical director”.", "title")
    draft = _locked(staff, draft_id, revision)
    day = local_day(now, ZoneInfo(staff.clinic.zone))
    signed = read(draft).model_copy(update={"sign_off": SignOff(by=staff.name, role=title, on=day)})
    return _keep(staff, draft, signed, "signed-draft", now)


def publish(staff: Staff, draft_id: int, revision: int, now: datetime) -> ProtocolVersion:
    """Make a draft the version for visits that are booked from now on; commits.

    Refused while no clinician answers for it, except at a demo clinic.
    """
    draft = _locked(staff, draft_id, revision)
    protocol = read(draft)
    if not protocol.is_signed and not staff.clinic.is_demo:
        raise Conflict("A clinician must sign this protocol first.")
    version = install_protocol(staff.clinic_id, protocol, now)
    record(staff.clinic_id, Actor("staff", staff.id), "published", version, now)
    db.session.delete(draft)
    db.session.commit()
    return version


def discard(staff: Staff, draft_id: int, revision: int, now: datetime) -> None:
    """Throw a draft away; commits."""
    draft = _locked(staff, draft_id, revision)
    record(staff.clinic_id, Actor("staff", staff.id), "discarded-draft", draft, now)
    db.session.delete(draft)
    db.session.commit()


def sentences_of(errors: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    """Return the path and a plain sentence of each fault."""
    found = []
    for error in errors.errors():
        context = error.get("ctx", {})
        path = (*error["loc"], *context.get("path", ()))
        found.append((path, str(context.get("error") or context.get("sentence") or error["msg"])))
    return found


def _keep(
    staff: Staff, draft: ProtocolDraft, protocol: Protocol, verb: str, now: datetime
) -> ProtocolDraft:
    draft.body, draft.revision = protocol.model_dump_json(), draft.revision + 1
    draft.changed_by, draft.changed_at = staff.id, now
    record(staff.clinic_id, Actor("staff", staff.id), verb, draft, now, revision=draft.revision)
    db.session.commit()
    return draft


def _locked(staff: Staff, draft_id: int, revision: int) -> ProtocolDraft:
    draft = _found(
        select(ProtocolDraft)
        .where(ProtocolDraft.id == draft_id, ProtocolDraft.clinic_id == staff.clinic_id)
        .with_for_update()
    )
    if draft.revision != revision:
        raise Conflict("Somebody else changed this protocol in the meantime.")
    return draft


def _found(query: Any) -> ProtocolDraft:
    draft: ProtocolDraft | None = db.session.scalars(query).first()
    if draft is None:
        raise NotFound
    return draft


def _unsigned(protocol: Protocol) -> Protocol:
    """The same rules with nobody to answer for them: what changed must be read again."""
    body = protocol.model_dump(mode="json")
    _forget_signatures(body)
    return Protocol.model_validate(
        body | {"sign_off": None, "translations": dict.fromkeys(protocol.languages)}
    )


def _forget_signatures(part: object) -> None:
    if isinstance(part, dict):
        if "signed" in part:
            part["signed"] = None
        for item in part.values():
            _forget_signatures(item)
    elif isinstance(part, list):
        for item in part:
            _forget_signatures(item)
