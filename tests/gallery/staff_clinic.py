"""The clinic's own page, and what its colour and logo make of the others."""

from typing import Final

from recovery.domain.rights import StaffRole
from recovery.services.clinic_look import choose_accent, choose_logo
from recovery.store.clinics import Staff
from tests.builders import NOW, a_clinic, a_staff
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import booked
from tests.pictures import a_png


def plain() -> Situation:
    """An admin of a clinic without a look of its own."""
    return situation(a_staff(a_clinic(), StaffRole.ADMIN))


def with_look() -> Situation:
    """An admin of a clinic with a colour and a logo."""
    return situation(_dressed(a_staff(a_clinic(), StaffRole.ADMIN)))


def board_with_look() -> Situation:
    """A visit of such a clinic."""
    _patient, visit, _ride = booked()
    return situation(_dressed(a_staff(visit.clinic, StaffRole.ADMIN)), visit=visit.id)


def patient_with_look() -> Situation:
    """Its patient."""
    patient, visit, _ride = booked()
    _dressed(a_staff(visit.clinic, StaffRole.ADMIN))
    return situation(patient, visit=visit.id)


def _dressed(admin: Staff) -> Staff:
    choose_accent(admin, "#1b4f8a", "", NOW)
    choose_logo(admin, a_png(160, 64, b"\x1b\x4f\x8a"), NOW)
    return admin


PAGE: Final = "/staff/clinic"
STAFF_CLINIC: Final = (
    Entry("staff-clinic", plain, PAGE),
    Entry("staff-clinic-look", with_look, PAGE),
    Entry(
        "staff-clinic-errors",
        plain,
        PAGE,
        sends={"phone": "12"},
        to=PAGE,
        status=422,
    ),
    Entry(
        "staff-clinic-accent-errors",
        plain,
        PAGE,
        sends={"accent": "#ffd700"},
        to=f"{PAGE}/accent",
        status=422,
    ),
    Entry("staff-clinic-no-logo", plain, PAGE, sends={}, to=f"{PAGE}/logo", status=422),
    Entry("staff-board-look", board_with_look, "/staff/"),
    Entry("patient-home-look", patient_with_look, "/me/"),
)
