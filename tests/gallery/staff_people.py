"""What staff meet of their own account, and an admin of everybody's."""

from functools import partial
from typing import Final

from recovery.domain.rights import StaffRole
from recovery.services.second_factor import new_recovery_codes
from recovery.services.staff_accounts import new_staff
from recovery.services.staff_calendars import EndedBy, end_calendars, make_calendar
from recovery.services.staff_people import invite, shut_out
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.staff_factors import Passkey
from tests.builders import NOW, a_clinic, a_staff
from tests.gallery.entry import Entry, Situation, nobody, situation

PASSWORD: Final = "correct horse battery"
EMAIL: Final = "second@clinic.example"


def with_everything(person: Staff) -> Staff:
    """Let somebody have an authenticator app, a passkey and codes on paper."""
    person.totp_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    db.session.add(
        Passkey(
            staff_id=person.id,
            credential=f"key-{person.id}",
            public_key=b"",
            sign_count=0,
            label="Safari, iPad",
            created_at=NOW,
        )
    )
    new_recovery_codes(person, NOW)
    return person


def own_page() -> Situation:
    """A nurse who has set up all there is."""
    return situation(with_everything(a_staff(a_clinic())))


def after_a_new_password() -> Situation:
    """A nurse whose calendars ended with the old password."""
    person = with_everything(a_staff(a_clinic()))
    make_calendar(person, "My phone", NOW)
    end_calendars(person, EndedBy.NEW_ENTRY, NOW)
    db.session.commit()
    return situation(person)


def first_day() -> Situation:
    """Somebody at a clinic that treats people, without a second factor yet."""
    return situation(a_staff(a_clinic(is_demo=False)))


def at_the_door() -> Situation:
    """Somebody who has a second factor, before they sign in."""
    if db.session.query(Staff).filter_by(email=EMAIL).first() is None:
        with_everything(new_staff(a_clinic(), "Nora Weiss", EMAIL, StaffRole.NURSE, PASSWORD))
        db.session.commit()
    return nobody()


def everybody() -> Situation:
    """An admin among people who are in, invited, and shut out."""
    clinic = a_clinic()
    admin = a_staff(clinic, StaffRole.ADMIN, name="Tom Becker")
    a_staff(clinic, name="Nora Weiss", password_hash="kept")
    invite(admin, "Ida Falk", f"ida-{clinic.id}@clinic.example", StaffRole.NURSE, NOW)
    gone = a_staff(clinic, StaffRole.PROVIDER, name="Max Weber")
    shut_out(admin, gone.id, NOW)
    return situation(admin, person=gone.id)


def invited() -> Situation:
    """Somebody who was sent a link to begin."""
    clinic = a_clinic()
    admin = a_staff(clinic, StaffRole.ADMIN)
    email = f"eva-{clinic.id}@clinic.example"
    _person, token = invite(admin, "Eva Stern", email, StaffRole.NURSE, NOW)
    return Situation({}, {"link": token})


SIGN_IN: Final = partial(Entry, scene=at_the_door, address="/staff/sign-in", to="/staff/sign-in")
PEOPLE: Final = "/staff/people"

STAFF_PEOPLE: Final[tuple[Entry, ...]] = (
    SIGN_IN("staff-second", sends={"email": EMAIL, "password": PASSWORD}),
    Entry("staff-me", own_page, "/staff/me"),
    Entry("staff-me-calendar-ended", after_a_new_password, "/staff/me"),
    Entry("staff-me-first-day", first_day, "/staff/me"),
    Entry(
        "staff-me-errors",
        own_page,
        "/staff/me",
        sends={"old": "wrong", "new": "short"},
        to="/staff/me/password",
        status=422,
    ),
    Entry(
        "staff-calendar-made",
        own_page,
        "/staff/me",
        sends={"label": "My phone"},
        to="/staff/me/calendars",
        afresh=True,
    ),
    Entry(
        "staff-me-calendar-errors",
        own_page,
        "/staff/me",
        sends={"label": "x" * 41},
        to="/staff/me/calendars",
        status=422,
    ),
    Entry("staff-codes", own_page, "/staff/me/codes"),
    Entry("staff-codes-made", own_page, "/staff/me/codes", sends={}, afresh=True),
    Entry("staff-people", everybody, PEOPLE),
    Entry("staff-people-errors", everybody, PEOPLE, sends={"name": ""}, to=PEOPLE, status=422),
    Entry(
        "staff-invited",
        everybody,
        PEOPLE,
        sends={},
        to=f"{PEOPLE}/{{person}}/link",
        afresh=True,
    ),
    Entry("staff-join", invited, "/join/{link}"),
    Entry(
        "staff-join-errors",
        invited,
        "/join/{link}",
        sends={"password": "short"},
        status=422,
    ),
    Entry("staff-join-ended", nobody, "/join/never-was", status=410),
)
