"""Open alerts with what a page shows of them: the visit, the patient, who looks after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from recovery.services.alerts import open_alerts
from recovery.services.alerts_told import ToldOnCall, told_about
from recovery.services.drivers import drivers_of
from recovery.services.facts import facts_of
from recovery.store.alerts import Alert
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact
from recovery.store.visits import Visit

#: How many resolved alerts one page shows.
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """One alert; `taken_by` is a name or empty. `ring`: whom to ring when not the patient.
    `driver`: who takes, or took, the patient home. `resolved_by`: a name, or empty for what closed
    by itself. `told`: each time the person on call was told."""

    alert: Alert
    visit: Visit | None
    taken_by: str
    ring: Contact | None
    driver: Contact | None
    resolved_by: str = ""
    told: Sequence[ToldOnCall] = ()


def shown_alerts(clinic_id: int, visit_id: int | None = None) -> list[ShownAlert]:
    """Return the clinic's (or one visit's) open alerts in the order of `open_alerts`."""
    return as_shown(open_alerts(clinic_id, visit_id))


def past_alerts(clinic_id: int, page: int) -> tuple[list[ShownAlert], bool]:
    """Return a page (from 1) of the clinic's alerts that are resolved, the newest first, and
    whether there are older ones."""
    alerts = db.session.scalars(
        select(Alert)
        .where(Alert.clinic_id == clinic_id, Alert.resolved_at.is_not(None))
        .order_by(Alert.resolved_at.desc(), Alert.id.desc())
        .offset((page - 1) * A_PAGE)
        .limit(A_PAGE + 1)
    ).all()
    return as_shown(alerts[:A_PAGE]), len(alerts) > A_PAGE


def as_shown(alerts: Sequence[Alert]) -> list[ShownAlert]:
    """Return alerts with what a page shows of them; a handful of queries."""
    visits, contacts, told = _visits(alerts), _contacts(alerts), told_about(alerts)
    drivers = drivers_of(facts_of(list(visits.values())))
    people = {person for alert in alerts for person in (alert.taken_by, alert.resolved_by)}
    names = {
        person.id: person.name
        for person in db.session.scalars(select(Staff).where(Staff.id.in_(people - {None})))
    }
    return [
        ShownAlert(
            alert,
            visits.get(alert.visit_id or 0),
            names.get(alert.taken_by or 0, ""),
            contacts.get(_contact_id(alert)),
            drivers.get(alert.visit_id or 0),
            names.get(alert.resolved_by or 0, ""),
            told.get(alert.id, ()),
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
