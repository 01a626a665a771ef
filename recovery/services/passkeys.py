"""Passkeys of staff (WebAuthn): a device proves itself, and nothing can be typed or fished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from recovery.services.audit import Actor, record
from recovery.services.refusals import NotFound, Refused
from recovery.services.second_factor import ISSUER
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.staff_factors import Passkey


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys hold: the host name they are bound to, and the origin that asks."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser is asked (`options`, JSON), and the challenge its answer must carry."""

    options: str
    challenge: str


def passkeys_of(staff: Staff) -> Sequence[Passkey]:
    """Return a person's passkeys, the oldest first."""
    return db.session.scalars(
        select(Passkey).where(Passkey.staff_id == staff.id).order_by(Passkey.id)
    ).all()


def ask_to_make(staff: Staff, site: Site) -> Question:
    """Ask for a new passkey; one that this device already has is not made twice."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=ISSUER,
        user_id=f"staff-{staff.id}".encode(),
        user_name=staff.email,
        user_display_name=staff.name,
        exclude_credentials=_known(staff),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return Question(options_to_json(options), bytes_to_base64url(options.challenge))


def keep_passkey(
    staff: Staff, site: Site, challenge: str, credential: str, label: str, now: datetime
) -> Passkey:
    """Keep the passkey that answers `challenge`; Refused for any other answer. Commits."""
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise Refused("This passkey could not be read. Please try again.") from wrong
    passkey = Passkey(
        staff_id=staff.id,
        credential=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        label=label[:80],
        created_at=now,
    )
    db.session.add(passkey)
    record(staff.clinic_id, Actor("staff", staff.id), "added-passkey", passkey, now)
    db.session.commit()
    return passkey


def ask_to_prove(staff: Staff, site: Site) -> Question:
    """Ask for the proof of one of the person's passkeys."""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_known(staff),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return Question(options_to_json(options), bytes_to_base64url(options.challenge))


def prove_by_passkey(
    staff: Staff, site: Site, challenge: str, credential_id: str, credential: str, now: datetime
) -> None:
    """Take the answer of one of the person's passkeys; Refused for any other. Commits."""
    passkey = db.session.scalars(
        select(Passkey)
        .where(Passkey.staff_id == staff.id, Passkey.credential == credential_id)
        .with_for_update()
    ).first()
    if passkey is None:
        raise Refused("This passkey is not known here. Please use a code.")
    try:
        proved = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise Refused("This passkey did not fit. Please try again, or use a code.") from wrong
    passkey.sign_count, passkey.last_used_at = proved.new_sign_count, now
    db.session.commit()


def remove_passkey(staff: Staff, passkey_id: int, now: datetime) -> None:
    """Forget one of the person's own passkeys; NotFound for any other. Commits."""
    passkey = db.session.scalars(
        select(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == staff.id)
    ).first()
    if passkey is None:
        raise NotFound
    record(staff.clinic_id, Actor("staff", staff.id), "removed-passkey", passkey, now)
    db.session.delete(passkey)
    db.session.commit()


def _known(staff: Staff) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential))
        for passkey in passkeys_of(staff)
    ]
