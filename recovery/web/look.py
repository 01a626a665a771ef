"""What every page's frame shows: whose clinic it is, in which language and light."""

from typing import Final, Literal
from zoneinfo import ZoneInfo

from flask import Flask, g, request
from flask_login import current_user

from recovery.services import protocols
from recovery.services.clinic_look import accent_of
from recovery.services.clinics import only_clinic
from recovery.store.clinics import Clinic
from recovery.store.sign_ins import Face
from recovery.web import arc, clinic_look, qr, telephone, times

Theme = Literal["auto", "dim", "paper"]
THEMES: Final = frozenset({"dim", "paper"})
#: Set by static/js/ui.js when a person chooses their light; holds no more than its name.
COOKIE: Final = "theme"


def show_for(clinic: Clinic, language: str | None = None, theme: Theme | None = None) -> None:
    """Say whose page this is, before it is rendered.

    Signed-in people have had this done; a view behind a link token calls it. `theme` is "dim"
    after treatment, when light hurts; a person's own choice wins over it.
    """
    g.clinic = clinic
    # As words, because an error page must not ask a database that is away.
    g.clinic_words = (_name_of(clinic), clinic.phone)
    g.clinic_accent = clinic_look.style_url(accent_of(clinic))
    # The clinic's own logo may tell the specialty, as its own name may.
    g.clinic_logo = clinic_look.logo_url(clinic.logo) if _is_own(g.get("face")) else ""
    g.zone = ZoneInfo(clinic.zone)
    if language:
        g.language = language
    if theme:
        g.theme = theme


def attach(app: Flask) -> None:
    """Give templates the frame's words and the pictures; call it after `access.attach`."""
    times.attach(app)
    telephone.attach(app)
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        arc_of=arc.arc_of, qr_of=qr.qr_of, emergency_number=emergency_number
    )
    app.context_processor(frame)

    app.before_request(show_for_the_signed_in)


def show_for_the_signed_in() -> None:
    """Show the page for whoever is signed in to its face; where it has none, do nothing."""
    if g.get("face") and current_user.is_authenticated:
        person = current_user.person
        show_for(person.clinic, person.language)


def frame() -> dict[str, object]:
    """What the layouts read. Views may pass the same names to say otherwise."""
    chosen = request.cookies.get(COOKIE, "")
    if "clinic_words" not in g:
        _show_the_only_clinics_numbers()
    name, phone = g.clinic_words
    return {
        "theme": chosen if chosen in THEMES else g.get("theme", "auto"),
        "clinic_name": name,
        "clinic_phone": phone,
        "clinic_accent": g.get("clinic_accent", ""),
        "clinic_logo": g.get("clinic_logo", ""),
    }


def _show_the_only_clinics_numbers() -> None:
    """A stranger to us, or a link of old: where there is one clinic, it is the one to call."""
    clinic = only_clinic()
    if clinic is not None:
        g.clinic = clinic
    g.clinic_words = ("", clinic.phone if clinic else "")


def emergency_number() -> str:
    """The number at the foot of every phone page; asked of the database once a request, and not
    at all by pages of which nobody knows whose they are."""
    if "emergency_number" not in g:
        clinic = g.get("clinic")
        known = clinic is not None and clinic.id is not None
        g.emergency_number = protocols.emergency_number(clinic) if known else ""
    return str(g.emergency_number)


def _name_of(clinic: Clinic) -> str:
    """The clinic's own name may tell the specialty: drivers and strangers read the neutral one."""
    return clinic.name if _is_own(g.get("face")) else clinic.neutral_name


def _is_own(face: object) -> bool:
    """Whether this is a page of somebody who knows where they are: staff or a patient."""
    return face in {Face.STAFF, Face.PATIENT}
