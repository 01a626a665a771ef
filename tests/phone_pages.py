"""Pages that patients and drivers open, with people who are there now, to be measured."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from recovery.domain.ride import RideState
from recovery.services.audit import Actor
from recovery.services.ride_links import ride_link
from recovery.services.welcome import make_welcome_link
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from tests.builders import a_clinic, a_patient, a_ride, a_staff, a_visit, signed_in
from tests.notices import a_discharged_visit


@dataclass(frozen=True)
class Place:
    """An address, and the cookie of whoever opens it (none: not signed in)."""

    path: str
    cookie: str = ""
    token: str = ""


def phone_pages(app: Flask, now: datetime) -> dict[str, Place]:
    """Bring a patient home and another before the visit; name the pages of all concerned."""
    clinic = a_clinic()
    waiting, coming = a_patient(clinic), a_patient(clinic)
    gone = a_discharged_visit(waiting, now)
    visit = a_visit(coming, gone.protocol_version, start_at=now + timedelta(days=2))
    ride, asked = a_ride(visit), a_ride(visit, RideState.ASKED, phone="+12125550178", code="")
    link = ride_link(asked.id, Actor("patient", coming.id), now).token
    welcome = make_welcome_link(a_staff(clinic), coming.id, now)
    before, after = f"/me/visits/{visit.id}", f"/me/visits/{gone.id}"
    driving = f"/driver/rides/{ride.id}"

    def opened(person: Patient | Contact, **paths: str) -> dict[str, Place]:
        face = Face.PATIENT if isinstance(person, Patient) else Face.DRIVER
        cookie = signed_in(app.test_client(), face, person, now).get_cookie(cookie_name(face))
        assert cookie is not None
        return {name: Place(path, cookie.key, cookie.value) for name, path in paths.items()}

    return {
        "welcome": Place(f"/welcome/{welcome}"),
        "code": Place("/code"),
        "ride-link": Place(f"/ride/{link}"),
        "offline": Place("/offline"),
        **opened(
            waiting,
            wait="/me",
            check_in=f"{after}/check-ins/last-questions",
            help="/me/help",
            allow="/me/notices/allow",
            settle="/me/settle",
        ),
        **opened(coming, day="/me", step=f"{before}/steps/health", driver=f"{before}/driver/name"),
        **opened(
            ride.contact,
            ride=driving,
            ride_allow=f"{driving}/notices",
            ride_help=f"{driving}/help",
        ),
    }
