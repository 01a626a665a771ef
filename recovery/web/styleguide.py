"""Every component in every state, for whoever changes one. Development only, no database."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

from flask import Blueprint, abort, g, render_template, request
from flask_babel import force_locale
from markupsafe import Markup

from recovery import config
from recovery.config import ROOT
from recovery.store.clinics import Clinic
from recovery.web.access import ANYONE, open_to
from recovery.web.install_ways import Way
from recovery.web.language import LANGUAGES
from recovery.web.look import THEMES, show_for
from recovery.web.paper import Help

bp = Blueprint("styleguide", __name__)

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


@dataclass(frozen=True)
class Panel:
    """All components in one language and light."""

    language: str
    theme: str
    words: Markup


@bp.get("/styleguide/")
@open_to(ANYONE)
def show() -> str:
    """All components on one page, in both languages and both lights side by side.

    `?theme=dim|paper` and `?language=es` choose those of the page around them.
    """
    if config.current().environment == "production":
        abort(404)
    _be_at_the_sample_clinic()
    return render_template("styleguide/components.html", panels=list(_panels()))


def _panels() -> Iterator[Panel]:
    for language, theme in product(LANGUAGES, ("paper", "dim")):
        say = _english if language == "en" else _spanish
        with force_locale(language):
            words = render_template(
                "styleguide/panel.html", n=f"{language}-{theme}-", say=say, **_samples(say)
            )
        yield Panel(language, theme, Markup(words))  # noqa: S704 - our own template


def _english(english: str, _spanish_words: str) -> str:
    return english


def _spanish(_english_words: str, spanish: str) -> str:
    return spanish


def _icons() -> list[str]:
    sprite = ROOT / "static" / "icons" / "icons.svg"
    return re.findall(r'<symbol id="([^"]+)"', sprite.read_text(encoding="utf-8"))


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
    g.emergency_number = "911"
    if request.args.get("theme") in THEMES:
        g.theme = request.args["theme"]


def _samples(say: Callable[[str, str], str]) -> dict[str, object]:
    return {
        "noon": NOON,
        "hour": timedelta(hours=1),
        "icons": _icons(),
        "push_key": "",
        "ways": list(Way),
        "track_stages": (
            (say("Owed", "Debido"), NOON, True),
            (say("Sent", "Enviado"), NOON + timedelta(seconds=3), True),
            (say("Shown", "Mostrado"), NOON + timedelta(seconds=5), True),
            (say("Opened", "Abierto"), None, False),
        ),
        "events": _events(say),
        "sheet": _sheet(say),
    }


def _sheet(say: Callable[[str, str], str]) -> dict[str, object]:
    signs = (say("Chest pain", "Dolor de pecho"), say("Seizure", "Ataque con sacudidas"))
    lines = [Help(say("Call 911 at once for any of these:", "Llame ya al 911:"), signs=signs)]
    return {
        "name": "Rosa",
        "not_before": NOON + timedelta(hours=24),
        "least_wait": say("Not before a good night’s sleep.", "Ni antes de dormir bien."),
        "also_covers": [say("No ladders", "No subir a escaleras")],
        "companion_for": timedelta(hours=12),
        "help": lines,
        "drivers_help": lines,
    }


def _events(say: Callable[[str, str], str]) -> list[Event]:
    later = NOON + timedelta(hours=21)
    started, handed = say("Infusion started", "Empezó"), say("Handed over", "Entregada")
    silent = say("Morning check not answered", "Sin respuesta por la mañana")
    answered = say("Rosa answered", "Rosa respondió")
    return [
        Event(NOON - timedelta(hours=2), started, "activity", "wait", by="Jo"),
        Event(NOON, handed, "hand-heart", "good", say("Code checked", "Código visto"), "Jo"),
        Event(later, silent, "bell-off", "alarm", say("Not opened.", "Sin abrir.")),
        Event(later + timedelta(hours=1), answered, "sun", "good"),
    ]
