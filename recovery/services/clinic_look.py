"""A clinic's own look: its colour within what can be read, and its logo as a clean picture."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from recovery.domain.accent import Accent, Problem, lightened, problem_of
from recovery.domain.logo import Flaw, LogoRefused, clean_logo
from recovery.services.audit import Actor, record
from recovery.services.refusals import NotFound, Refused
from recovery.store.clinics import Clinic, ClinicLogo, Staff
from recovery.store.database import db


def choose_accent(admin: Staff, light: str, dim: str, now: datetime) -> Accent | None:
    """Take the clinic's colours; an empty `light` gives it ours again, an empty `dim` is made
    from the light one. Refused, with the field, for one that cannot be read. Commits."""
    light, dim = light.strip().lower(), dim.strip().lower()
    accent = _accent(light, dim) if light else None
    clinic = admin.clinic
    clinic.accent, clinic.accent_dim = (accent.light, accent.dim) if accent else ("", "")
    record(clinic.id, Actor("staff", admin.id), "changed-look", clinic, now, what="accent")
    db.session.commit()
    return accent


def choose_logo(admin: Staff, file: bytes, now: datetime) -> None:
    """Take a file as the clinic's logo, cleaned of all but its pixels. Refused. Commits."""
    try:
        picture = clean_logo(file)
    except LogoRefused as refused:
        raise _no_logo(refused.flaw) from None
    clinic = admin.clinic
    row = db.session.get(ClinicLogo, clinic.id) or ClinicLogo(clinic_id=clinic.id)
    row.picture, row.name = picture, sha256(picture).hexdigest()[:32]
    db.session.add(row)
    clinic.logo = row.name
    record(clinic.id, Actor("staff", admin.id), "changed-look", clinic, now, what="logo")
    db.session.commit()


def remove_logo(admin: Staff, now: datetime) -> None:
    """Show no logo any more; the picture is gone. Commits."""
    clinic = admin.clinic
    row = db.session.get(ClinicLogo, clinic.id)
    if row is not None:
        db.session.delete(row)
    clinic.logo = ""
    record(clinic.id, Actor("staff", admin.id), "changed-look", clinic, now, what="logo")
    db.session.commit()


def logo_named(name: str) -> bytes:
    """Return the picture of this name, which only who was shown it knows; NotFound."""
    picture = db.session.scalars(
        select(ClinicLogo.picture).where(ClinicLogo.name == name).limit(1)
    ).first()
    if picture is None:
        raise NotFound
    return picture


def accent_of(clinic: Clinic) -> Accent | None:
    """Return the clinic's colours; None = ours."""
    return Accent(clinic.accent, clinic.accent_dim) if clinic.accent else None


def _accent(light: str, dim: str) -> Accent:
    problem = problem_of(light, dim=False)
    if problem is not None:
        raise _no_accent(problem, "accent")
    dim = dim or lightened(light)
    problem = problem_of(dim, dim=True)
    if problem is not None:
        raise _no_accent(problem, "accent_dim")
    return Accent(light, dim)


def _no_accent(problem: Problem, field: str) -> Refused:
    match problem:
        case Problem.UNREADABLE:
            return Refused("Please write the color like this: #14604f.", field)
        case Problem.TOO_LIGHT:
            return Refused(
                "Words in this color are hard to read on light pages. Please choose a darker one.",
                field,
            )
        case Problem.TOO_DARK:
            return Refused(
                "Words in this color are hard to read on dim pages. Please choose a lighter one.",
                field,
            )
    return Refused("This color looks like the red of our alarms. Please choose another one.", field)


def _no_logo(flaw: Flaw) -> Refused:
    match flaw:
        case Flaw.NO_PNG:
            return Refused("This is not a PNG picture. Please save the logo as PNG.", "logo")
        case Flaw.TOO_HEAVY:
            return Refused("This picture is larger than 3 KB. Please save a smaller one.", "logo")
        case Flaw.WRONG_SIZE:
            return Refused(
                "A logo is 32 to 1024 pixels wide and high. Please save it in such a size.", "logo"
            )
    return Refused(
        "This picture cannot be read to its end. Please save it again as PNG, not interlaced.",
        "logo",
    )
