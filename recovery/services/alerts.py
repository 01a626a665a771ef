"""Alerts and tasks: raised once a cause, taken by a person, resolved with a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from recovery.services.audit import SYSTEM, Actor, record
from recovery.services.moot_alerts import MOOT_SINCE
from recovery.services.paging import owe_page
from recovery.services.planning import hold, replan
from recovery.services.refusals import Conflict, NotFound, Refused, sentence
from recovery.store.alerts import Alert, AlertLevel
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.visits import Visit


def raise_alert(
    visit: Visit,
    kind: str,
    now: datetime,
    *,
    level: AlertLevel = AlertLevel.TASK,
    key: str = "",
    red_flag: str | None = None,
    actor: Actor = SYSTEM,
    **facts: Any,
) -> Alert:
    """Raise an alert once for its `key` (default: visit and kind). Does not commit.

    The same cause again finds the first alert; a resolved one is opened anew. Locks what
    `replan` locks first: alerts come after notices everywhere.
    """
    hold(visit.patient_id)
    raised = _Raised(visit.clinic_id, visit.id, key or f"visit:{visit.id}:{kind}", kind, level)
    return _raise(raised, red_flag, actor, facts, now)


def raise_for_clinic(
    clinic_id: int, kind: str, now: datetime, *, level: AlertLevel, key: str, **facts: Any
) -> Alert:
    """Raise an alert that is about no visit, once for its `key`. Does not commit."""
    return _raise(_Raised(clinic_id, None, key, kind, level), None, SYSTEM, facts, now)


class SomebodyWasFirst(Conflict):
    """Somebody else took the alert (`resolution` None) or closed it; "" = it closed by itself."""

    def __init__(self, who: str, at: datetime, resolution: str | None) -> None:
        super().__init__(sentence("Somebody else was first. Please look at the alerts again."))
        self.who, self.at, self.resolution = who, at, resolution


@dataclass(frozen=True, slots=True)
class _Raised:
    """What an alert is about."""

    clinic_id: int
    visit_id: int | None
    key: str
    kind: str
    level: AlertLevel


def _raise(
    raised: _Raised, red_flag: str | None, actor: Actor, facts: dict[str, Any], now: datetime
) -> Alert:
    found = db.session.scalars(
        select(Alert)
        .where(Alert.clinic_id == raised.clinic_id, Alert.key == raised.key)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is not None and found.resolved_at is None:
        found.facts = {name: fact for name, fact in found.facts.items() if name != MOOT_SINCE}
        return found
    alert = found or Alert(clinic_id=raised.clinic_id, visit_id=raised.visit_id, key=raised.key)
    alert.kind, alert.level, alert.facts = raised.kind, raised.level.value, facts
    alert.red_flag, alert.raised_at = red_flag, now
    alert.taken_at = alert.taken_by = alert.resolved_at = alert.resolved_by = None
    alert.resolution = ""
    db.session.add(alert)
    record(alert.clinic_id, actor, "raised", alert, now, alert.visit_id, kind=alert.kind)
    if alert.level == AlertLevel.ALERT and alert.visit_id is not None:
        owe_page(alert, alert.visit_id, now)
    return alert


def open_alerts(clinic_id: int, visit_id: int | None = None) -> Sequence[Alert]:
    """Return the clinic's (or one visit's) unresolved alerts: what cannot wait first.

    Alerts before tasks, among them what a person said is wrong, then the oldest.
    """
    chosen = select(Alert).where(Alert.clinic_id == clinic_id, Alert.resolved_at.is_(None))
    if visit_id is not None:
        chosen = chosen.where(Alert.visit_id == visit_id)
    order = (Alert.level, Alert.red_flag.is_(None), Alert.raised_at)
    return db.session.scalars(chosen.order_by(*order)).all()


def take_alert(staff: Staff, alert_id: int, now: datetime) -> Alert:
    """Say that this person looks after an alert; `SomebodyWasFirst` says who does already."""
    alert = _own(staff, alert_id)
    _must_be_open(alert)
    if alert.taken_at is not None and alert.taken_by != staff.id:
        raise SomebodyWasFirst(_name(alert.taken_by), alert.taken_at, None)
    if alert.taken_at is None:
        alert.taken_at, alert.taken_by = now, staff.id
        record(staff.clinic_id, Actor("staff", staff.id), "took", alert, now, alert.visit_id)
    db.session.commit()
    return alert


def resolve_alert(staff: Staff, alert_id: int, resolution: str, now: datetime) -> Alert:
    """Close an alert with a word on what was done; a red flag's wait goes on by the rule.

    The same person's second tap changes nothing; `SomebodyWasFirst` says who else closed it.
    """
    visit = _visit_of(staff, alert_id)
    if visit is not None:
        hold(visit.patient_id)
    alert = _own(staff, alert_id)
    if alert.resolved_by != staff.id:
        _must_be_open(alert)
    if not resolution.strip():
        raise Refused("Please write in a few words what was done.", "resolution")
    if alert.resolved_at is None:
        alert.resolved_at, alert.resolved_by = now, staff.id
        alert.resolution = resolution.strip()
        if visit is not None:
            replan(visit.patient_id, now)
        record(staff.clinic_id, Actor("staff", staff.id), "resolved", alert, now, alert.visit_id)
    db.session.commit()
    return alert


def _must_be_open(alert: Alert) -> None:
    if alert.resolved_at is not None:
        raise SomebodyWasFirst(_name(alert.resolved_by), alert.resolved_at, alert.resolution)


def _name(staff_id: int | None) -> str:
    person = db.session.get(Staff, staff_id) if staff_id is not None else None
    return person.name if person is not None else ""


def _visit_of(staff: Staff, alert_id: int) -> Visit | None:
    """Return what an alert of this clinic is about, if there is such an alert."""
    about = select(Visit).join(Alert, Alert.visit_id == Visit.id)
    return db.session.scalars(
        about.where(Alert.id == alert_id, Alert.clinic_id == staff.clinic_id)
    ).first()


def _own(staff: Staff, alert_id: int) -> Alert:
    alert = db.session.scalars(
        select(Alert)
        .where(Alert.id == alert_id, Alert.clinic_id == staff.clinic_id)
        .with_for_update(key_share=True)
    ).first()
    if alert is None:
        raise NotFound
    return alert
