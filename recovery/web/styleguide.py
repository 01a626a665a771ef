"""Every component in every state, for whoever changes one. Development only, no database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Blueprint, abort, g, render_template, request

from recovery import config
from recovery.store.clinics import Clinic
from recovery.web.access import ANYONE, open_to
from recovery.web.language import LANGUAGES
from recovery.web.look import THEMES, show_for

bp = Blueprint("styleguide", __name__)

PAGES: Final = ("components", "wait", "preparation", "form", "ready", "staff")
#: A Monday, 12:00 in New York: the end of a treatment.
NOON: Final = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    """A line of a sample timeline."""

    at: datetime
    words: str
    icon: str = ""
    kind: str = "plain"
    detail: str = ""
    by: str = ""


@bp.get("/styleguide/")
@bp.get("/styleguide/<page>")
@open_to(ANYONE)
def show(page: str = "components") -> str:
    """One page of samples; `?theme=dim|paper` and `?language=es` choose how."""
    if config.current().environment == "production" or page not in PAGES:
        abort(404)
    _be_at_the_sample_clinic()
    return render_template(f"styleguide/{page}.html", noon=NOON, **_samples())


def _be_at_the_sample_clinic() -> None:
    clinic = Clinic(
        name="Lakeside Clinic",
        neutral_name="Lakeside",
        zone="America/New_York",
        country="US",
        phone="+1 608 555 0100",
        on_call_name="Dr. Ada Lind",
        on_call_phone="+1 608 555 0111",
        watched="Mon-Fri 08:00-17:00",
    )
    asked = request.args.get("language")
    show_for(clinic, asked if asked in LANGUAGES else None)
    if request.args.get("theme") in THEMES:
        g.theme = request.args["theme"]


def _samples() -> dict[str, object]:
    return {
        "hour": timedelta(hours=1),
        "track_stages": (
            ("Owed", NOON),
            ("Sent", NOON + timedelta(seconds=3)),
            ("Shown", NOON + timedelta(seconds=5)),
            ("Opened", None),
        ),
        "events": _events(),
    }


def _events() -> list[Event]:
    later = NOON + timedelta(hours=21)
    return [
        Event(NOON - timedelta(hours=3), "Arrived", "map-pin", by="Kim, front desk"),
        Event(NOON - timedelta(hours=2), "Infusion started", "activity", "wait", by="Jo, nurse"),
        Event(NOON, "Handed over to Sam", "hand-heart", "good", "Code checked", "Jo, nurse"),
        Event(
            later,
            "Morning check not answered",
            "bell-off",
            "alarm",
            "Notice shown at 8:00 AM, not opened. Ring (608) 555-0123.",
        ),
        Event(later + timedelta(hours=1), "Rosa answered: slept, feels well", "sun", "good"),
    ]
