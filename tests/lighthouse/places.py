"""Three pages with people who are there at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from tests.addresses import step_page
from tests.builders import a_clinic, a_patient, a_ride, a_visit, signed_in
from tests.notices import a_discharged_visit


@dataclass(frozen=True)
class Place:
    """What the page is, its address, and the cookie of whoever opens it."""

    words: str
    path: str
    cookie: str


def places_in(app: Flask, now: datetime) -> dict[str, Place]:
    """Bring one patient home, and another with a driver two days before the visit."""
    clinic = a_clinic()
    waiting, coming = a_patient(clinic), a_patient(clinic)
    gone = a_discharged_visit(waiting, now)
    visit = a_visit(coming, gone.protocol_version, start_at=now + timedelta(days=2))
    ride = a_ride(visit)

    def place(words: str, path: str, person: Patient | Contact) -> Place:
        face = Face.PATIENT if isinstance(person, Patient) else Face.DRIVER
        cookie = signed_in(app.test_client(), face, person, now).get_cookie(cookie_name(face))
        assert cookie is not None
        return Place(words, path, f"{cookie.key}={cookie.value}")

    return {
        "wait": place("the patient's wait page", "/me", waiting),
        "step": place("a preparation step", step_page(visit.id, "health"), coming),
        "ride": place("the driver's page", f"/driver/rides/{ride.id}", ride.contact),
    }
