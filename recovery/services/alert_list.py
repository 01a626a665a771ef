"""Open alerts with what a page shows of them: the visit, the patient, who looks after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.services.alerts import open_alerts
from recovery.services.drivers import drivers_of
from recovery.services.facts import facts_of
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact
from recovery.store.visits import Visit


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """One alert; `taken_by` is a name or empty. `ring`: whom to ring when not the patient.
    `driver`: who takes, or took, the patient home."""

    alert: Alert
    visit: Visit | None
    taken_by: str
    ring: Contact | None
    driver: Contact | None


def shown_alerts(clinic_id: int, visit_id: int | None = None) -> list[ShownAlert]:
    """Return the clinic's (or one visit's) open alerts in the order of `open_alerts`."""
    alerts = open_alerts(clinic_id, visit_id)
    visits, contacts = _visits(alerts), _contacts(alerts)
    drivers = drivers_of(facts_of(list(visits.values())))
    names = dict(
        db.session.execute(
            select(Staff.id, Staff.name).where(Staff.id.in_({a.taken_by for a in alerts}))
        ).all()
    )
    return [
        ShownAlert(
            alert,
            visits.get(alert.visit_id or 0),
            names.get(alert.taken_by or 0, ""),
            contacts.get(_contact_id(alert)),
            drivers.get(alert.visit_id or 0),
        )
        for alert in alerts
    ]


def _visits(alerts: Sequence[Alert]) -> dict[int, Visit]:
    rows = db.session.scalars(
        select(Visit)
        .where(Visit.id.in_({alert.visit_id for alert in alerts}))
        .options(joinedload(Visit.patient), joinedload(Visit.protocol_version))
    )
    return {visit.id: visit for visit in rows}


def _contacts(alerts: Sequence[Alert]) -> dict[int, Contact]:
    rows = db.session.scalars(
        select(Contact).where(Contact.id.in_({_contact_id(alert) for alert in alerts}))
    )
    return {contact.id: contact for contact in rows}


def _contact_id(alert: Alert) -> int:
    return int(alert.facts.get("who_id", 0)) if alert.facts.get("who") == "contact" else 0
