"""What every staff page shares: its frame, and ids that cannot exist."""

from typing import Any, Final

from flask import Blueprint, abort, g
from flask_login import current_user

from recovery import clock
from recovery.services.alerts import open_alerts
from recovery.services.health import worker_alive
from recovery.services.protocols import has_unsigned
from recovery.store.sign_ins import Face

#: The largest id that PostgreSQL's integer holds; beyond it nothing can be found.
LARGEST_ID: Final = 2**31 - 1


def staff_pages(name: str) -> Blueprint:
    """Return a blueprint for pages below /staff."""
    pages = Blueprint(name, __name__, url_prefix="/staff")
    pages.url_value_preprocessor(_refuse_impossible_ids)
    pages.context_processor(_frame)
    return pages


def _refuse_impossible_ids(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if any(isinstance(value, int) and value > LARGEST_ID for value in (values or {}).values()):
        abort(404)


def _frame() -> dict[str, object]:
    """What the staff layout shows on every page, once somebody is signed in."""
    if g.get("face") is not Face.STAFF or not current_user.is_authenticated:
        return {"worker_alive": True}
    staff = current_user.person
    return {
        "worker_alive": worker_alive(clock.now()),
        "demo": staff.clinic.is_demo,
        "unsigned_protocol": has_unsigned(staff.clinic_id),
        "alert_count": len(open_alerts(staff.clinic_id)),
        "signed_in_name": staff.name,
    }
