"""The browser in which a driver says yes: one driver a browser, and one browser a driver."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from recovery.domain.ride import RideState
from recovery.services.entry import leave_browser
from recovery.services.refusals import Refused
from recovery.services.sign_in import hashed
from recovery.services.within_reach import consented
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face, SignIn

#: A browser of a driver stays signed in this long after the visit was to start.
SIGNED_IN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser in which a button is pressed.

    `token` becomes its sign-in; the same press sent again carries the same token. `driver` and
    `patient_id` say who is signed in here already; `source` is where tries are counted. `texts`:
    the page said that texts may come to the number that the patient gave.
    """

    token: str
    source: str
    label: str
    language: str
    driver: SignIn | None = None
    patient_id: int | None = None
    texts: bool = False


def is_in_use_elsewhere(ride: Ride, browser: Browser, now: datetime) -> bool:
    """Whether the link was confirmed, and not by whoever uses this browser."""
    if ride.link_used_at is None:
        return False
    if browser.driver is not None and browser.driver.subject_id == ride.contact_id:
        return False
    pressed_before = select(SignIn.id).where(
        SignIn.token_hash == hashed(browser.token),
        SignIn.face == Face.DRIVER.value,
        SignIn.subject_id == ride.contact_id,
        SignIn.ended_at.is_(None),
    )
    return db.session.scalar(pressed_before) is None


def must_not_drop_another(ride: Ride, browser: Browser) -> None:
    """Refuse a yes of one who drives somebody else in this browser: it would end the first one's
    notices."""
    if browser.driver is None or browser.driver.subject_id == ride.contact_id:
        return
    busy = select(Ride.id).where(
        Ride.contact_id == browser.driver.subject_id,
        Ride.state.in_([RideState.ACCEPTED.value, RideState.TOOK.value]),
        Ride.id.in_(consented()),
    )
    if db.session.scalars(busy).first() is not None:
        raise Refused(
            "This browser already looks after a ride for somebody else. "
            "Please open the link in another browser, or on another phone."
        )


def sign_in_for(ride: Ride, browser: Browser, now: datetime) -> None:
    """Bind the ride to this browser until a while after its visit; a driver who goes on in another
    one leaves the first. Does not commit."""
    until = max(now, ride.visit.start_at) + SIGNED_IN_FOR
    if browser.driver is not None and browser.driver.subject_id == ride.contact_id:
        browser.driver.ends_at = max(browser.driver.ends_at, until)
        browser.driver.idle_ends_at = browser.driver.ends_at
        return
    _leave_other_browsers(ride.contact_id, now)
    db.session.add(
        SignIn(
            clinic_id=ride.clinic_id,
            face=Face.DRIVER.value,
            subject_id=ride.contact_id,
            token_hash=hashed(browser.token),
            label=browser.label[:80],
            created_at=now,
            seen_at=now,
            idle_ends_at=until,
            ends_at=until,
        )
    )


def _leave_other_browsers(contact_id: int, now: datetime) -> None:
    others = select(SignIn.id).where(
        SignIn.face == Face.DRIVER.value,
        SignIn.subject_id == contact_id,
        SignIn.ended_at.is_(None),
    )
    for sign_in_id in db.session.scalars(others).all():
        leave_browser(sign_in_id, now)
