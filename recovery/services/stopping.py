"""STOP: who wants no more texts or e-mail gets none, and staff agree on another way with them."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from recovery.services.alerts import raise_alert
from recovery.services.audit import Actor, record
from recovery.services.moot_alerts import settle_moot
from recovery.services.planning import hold
from recovery.services.reading import visit_in_mind
from recovery.services.refusals import NotFound
from recovery.services.stopped_numbers import forget_stop, keep_stop
from recovery.store.addresses import Address, Channel
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.visits import Visit

Person = Patient | Contact


def stop_texts(number: str, now: datetime) -> None:
    """Keep a STOP and give staff the task to agree on another way; commits."""
    keep_stop(number, now)
    tell_staff_of_stop(Channel.TEXT, number, now)
    db.session.commit()


def resume_texts(number: str, now: datetime) -> None:
    """Let a number be texted again: its owner said START; commits."""
    forget_stop(number)
    for person in people_at(Channel.TEXT, number):
        record(person.clinic_id, _actor(person), "wanted-texts-again", person, now)
        settle_moot(person.clinic_id, [_key(Channel.TEXT, person)], now)
    db.session.commit()


def stop_mail(address_id: int, now: datetime) -> None:
    """Write no more to this address: its owner said so through a link or a mail program; commits.

    Unlike a number it is not kept for every record: who enters and proves it again wants it.
    """
    address = db.session.get_one(Address, address_id)
    if address.retired_at is None:
        tell_staff_of_stop(Channel.EMAIL, address.to, now)
        address.retired_at, address.retired_why = now, "stopped"
    db.session.commit()


def tell_staff_of_stop(channel: Channel, to: str, now: datetime) -> None:
    """Raise a task for each person who was reached there. Does not commit."""
    for person in people_at(channel, to):
        patient = _patient_of(person)
        hold(patient.id)
        record(person.clinic_id, _actor(person), f"stopped-{channel.value}", person, now)
        try:
            visit = db.session.get_one(Visit, visit_in_mind(patient).id)
        except NotFound:
            continue
        contact = isinstance(person, Contact)
        raise_alert(
            visit,
            f"{channel.value}-stopped",
            now,
            key=_key(channel, person),
            who="contact" if contact else "patient",
            who_id=person.id,
        )


def people_at(channel: Channel, to: str) -> Iterator[Person]:
    """Yield who is reached there, patients first, in the order in which they are locked."""
    rows = db.session.scalars(
        select(Address)
        .where(
            Address.to == to,
            Address.channel == channel.value,
            Address.retired_at.is_(None),
        )
        .order_by(Address.role.desc(), Address.owner_id)
    ).all()
    for row in rows:
        person = db.session.get(Patient if row.role == "patient" else Contact, row.owner_id)
        if isinstance(person, Patient | Contact):
            yield person


def _patient_of(person: Person) -> Patient:
    return person.patient if isinstance(person, Contact) else person


def _actor(person: Person) -> Actor:
    return Actor("driver" if isinstance(person, Contact) else "patient", person.id)


def _key(channel: Channel, person: Person) -> str:
    return f"{channel.value}-stopped:{person.__tablename__}:{person.id}"
