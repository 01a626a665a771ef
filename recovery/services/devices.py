"""Devices: the push subscription of one browser profile, and whose it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from recovery.delivery.endpoints import AllowedHosts, EndpointRefused, check_endpoint
from recovery.delivery.seal import SubscriptionRefused, check_keys
from recovery.services.audit import Actor, record
from recovery.services.refusals import Refused
from recovery.services.sign_in import hashed
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face, SignIn

#: Why a person's own browser gives its device up: they asked here, or it no longer lets us notify.
NOT_WANTED: Final = "not-wanted"
BLOCKED: Final = "blocked"
#: Ends of a device after which its browser may quietly subscribe again: nobody chose them, or
#: whoever blocked notices has allowed them again in the same place.
MENDED: Final = frozenset({"gone", "replaced", BLOCKED})
#: How many phones of a patient staff are shown.
MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a browser says of its subscription, and a few words by which a person knows it.

    `server_key`: the public VAPID key (base64url) that it was made under. `before`: the endpoint
    that this browser gave up for it; "" = it had none.
    """

    endpoint: str
    p256dh: str
    auth: str
    server_key: str
    label: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What the server knows of this browser. `key` is the endpoint's SHA-256, "" = no device.

    `wanted`: the person allowed notices here, so a changed subscription may be put right
    without asking. After a log-out, "no thanks" or another person's turn they are asked again.
    `if_held`: put right only what the browser itself still holds, for we lost days of our data.
    """

    key: str
    wanted: bool
    if_held: bool = False


def keep_device(
    sign_in: SignIn, subscribed: Subscribed, allowed: AllowedHosts, now: datetime
) -> Device:
    """Remember where push reaches this browser; the same again changes nothing. Commits.

    A subscription belongs to a browser profile: if another person had it, or the one that was
    given up for it, their device is retired, so that their notices never reach this sign-in.
    Raises `Refused`.
    """
    _judge(subscribed, allowed)
    db.session.execute(
        select(SignIn.id).where(SignIn.id == sign_in.id).with_for_update(key_share=True)
    )
    device = _at(subscribed.endpoint)
    if device is not None and not _is_still(device, sign_in):
        _make_room(device, now)
        device = None
    given_up = _at(subscribed.before) if subscribed.before else None
    if given_up is not None and given_up.sign_in_id != sign_in.id:
        _make_room(given_up, now)
    if device is None:
        retire_devices_of(sign_in.id, "replaced", now)
        device = _new(sign_in, subscribed, now)
        record(sign_in.clinic_id, actor_of(sign_in), "subscribed", device, now)
    device.p256dh, device.auth = subscribed.p256dh, subscribed.auth
    device.server_key = subscribed.server_key
    db.session.commit()
    return device


def _judge(subscribed: Subscribed, allowed: AllowedHosts) -> None:
    try:
        check_endpoint(subscribed.endpoint, allowed)
        check_keys(subscribed.p256dh, subscribed.auth)
    except EndpointRefused as refused:
        raise Refused("This browser’s push service is not known here.", "endpoint") from refused
    except SubscriptionRefused as refused:
        raise Refused("This browser’s keys for notices cannot be right.", "keys") from refused


def forget_device(sign_in: SignIn, why: str, now: datetime) -> None:
    """Stop push to this browser: `NOT_WANTED` or `BLOCKED`; commits.

    A push service may have noticed first that a browser blocks notices: then the device is gone
    already, and staff still see the true reason.
    """
    retired = retire_devices_of(sign_in.id, why, now)
    last = _newest(sign_in)
    if why == BLOCKED and not retired and last is not None and last.retired_why == "gone":
        last.retired_why = BLOCKED
        retired = [last]
    for device in retired:
        record(sign_in.clinic_id, actor_of(sign_in), "unsubscribed", device, now)
    db.session.commit()


def device_state(sign_in: SignIn) -> DeviceState:
    """Return what the server knows of this browser, for it to compare on every page load."""
    device = _newest(sign_in)
    if device is None:
        lost = _may_be_lost(sign_in)
        return DeviceState("", wanted=lost, if_held=lost)
    if device.retired_at is None:
        return DeviceState(device.endpoint_hash, wanted=True)
    return DeviceState("", wanted=device.retired_why in MENDED)


def _may_be_lost(sign_in: SignIn) -> bool:
    """Whether this browser may have subscribed in the days that a restored backup lacks."""
    as_of = db.session.scalar(select(Clinic.restored_as_of).where(Clinic.id == sign_in.clinic_id))
    return as_of is not None and sign_in.created_at <= as_of


def phones_of(patient: Patient) -> Sequence[Device]:
    """Return the phones of a patient, those that work first, then the newest, for staff."""
    return db.session.scalars(
        select(Device)
        .where(Device.role == "patient", Device.owner_id == patient.id)
        .order_by(Device.retired_at.is_not(None), Device.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def retire_devices_of(sign_in_id: int, why: str, now: datetime) -> list[Device]:
    """Retire the devices of one sign-in and return them. Does not commit."""
    devices = db.session.scalars(
        select(Device).where(Device.sign_in_id == sign_in_id, Device.retired_at.is_(None))
    ).all()
    for device in devices:
        device.retired_at, device.retired_why = now, why
    return list(devices)


def actor_of(sign_in: SignIn) -> Actor:
    """Return who acts in this browser, for the audit trail."""
    return Actor(sign_in.face, sign_in.subject_id)


def _newest(sign_in: SignIn) -> Device | None:
    """The device of a browser that works, or else the last that did."""
    return db.session.scalars(
        select(Device)
        .where(Device.sign_in_id == sign_in.id)
        .order_by(Device.retired_at.is_not(None), Device.id.desc())
        .limit(1)
    ).first()


def _at(endpoint: str) -> Device | None:
    return db.session.scalars(
        select(Device)
        .where(Device.endpoint_hash == hashed(endpoint))
        .with_for_update(key_share=True)
    ).first()


def _is_still(device: Device, sign_in: SignIn) -> bool:
    return device.sign_in_id == sign_in.id and device.retired_at is None


def _make_room(device: Device, now: datetime) -> None:
    """Keep the old owner's row for the record, without the address that is another's now."""
    if device.retired_at is None:
        device.retired_at, device.retired_why = now, "taken-over"
    device.endpoint, device.endpoint_hash = "", hashed(f"device {device.id}")
    db.session.flush()


def _new(sign_in: SignIn, subscribed: Subscribed, now: datetime) -> Device:
    device = Device(
        clinic_id=sign_in.clinic_id,
        role="patient" if sign_in.face == Face.PATIENT else "contact",
        owner_id=sign_in.subject_id,
        sign_in_id=sign_in.id,
        endpoint=subscribed.endpoint,
        endpoint_hash=hashed(subscribed.endpoint),
        p256dh=subscribed.p256dh,
        auth=subscribed.auth,
        server_key=subscribed.server_key,
        label=subscribed.label[:80],
        created_at=now,
    )
    db.session.add(device)
    return device
