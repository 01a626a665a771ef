"""What every staff page shares: its frame."""

from flask import Blueprint, g
from flask_login import current_user

from recovery import clock
from recovery.domain.rights import Right
from recovery.services.alerts import open_alerts
from recovery.services.clock_alarms import tells_of_the_clock
from recovery.services.health import worker_alive
from recovery.services.protocols import has_unsigned
from recovery.store.sign_ins import Face
from recovery.web.ids import refuse_impossible_ids


def staff_pages(name: str) -> Blueprint:
    """Return a blueprint for pages below /staff."""
    pages = Blueprint(name, __name__, url_prefix="/staff")
    pages.url_value_preprocessor(refuse_impossible_ids)
    pages.context_processor(_frame)
    return pages


def _frame() -> dict[str, object]:
    """What the staff layout shows on every page, once somebody is signed in."""
    if g.get("face") is not Face.STAFF or not current_user.is_authenticated:
        return {"worker_alive": True}
    staff = current_user.person
    alerts = open_alerts(staff.clinic_id)
    return {
        "worker_alive": worker_alive(clock.now()),
        "clock_wrong": tells_of_the_clock(alerts),
        "paused": staff.clinic.paused_at is not None,
        "demo": staff.clinic.is_demo,
        "unsigned_protocol": has_unsigned(staff.clinic_id),
        "alert_count": len(alerts),
        "signed_in_name": staff.name,
        "manages_people": staff.may(Right.PEOPLE),
        "manages_clinic": staff.may(Right.CLINIC),
    }
