"""A driver says yes or no through their link. Only the press of a button counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow

from sqlalchemy import select

from recovery.domain.ride import COUNTS, RIDE, RideState, Role
from recovery.services.addresses import agree_to_texts
from recovery.services.alerts import raise_alert
from recovery.services.asked_together import asked_too, whole_asking
from recovery.services.asking import Asking, keep_promise
from recovery.services.audit import Actor, record
from recovery.services.entry import leave_browser
from recovery.services.planning import replan
from recovery.services.refusals import Conflict, Refused, sentence
from recovery.services.ride_links import RideLinkEnded, find_by_link, must_be_open
from recovery.services.sign_in import count_try, hashed
from recovery.services.within_reach import consented, lock_visits, locked_ride
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face, SignIn

#: A browser of a driver stays signed in this long after the visit was to start.
SIGNED_IN_FOR = timedelta(days=30)
#: Tries of links that are none, from one source: nobody types a link.
WRONG_LINKS, WRONG_LINKS_IN = 30, timedelta(hours=1)


class LinkInUse(Conflict):
    """Somebody confirmed through this link in another browser; it shows nothing here."""

    def __init__(self) -> None:
        super().__init__(sentence("This link is already in use on another phone."))


class AskingChanged(Conflict):
    """The page was opened before the visit or what is asked changed; nobody agreed to that."""

    def __init__(self) -> None:
        super().__init__(
            sentence("Something changed while this page was open. Please read it again.")
        )


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


def accept_ride(
    link: str,
    mark: str,
    browser: Browser,
    now: datetime,
    also: Collection[int] | None = frozenset(),
) -> Ride:
    """Say yes: the ride counts from this commit on, and the link belongs to this browser.

    `mark` is that of all that the page asked; its lines are kept with the yes. `also`: ids of the
    other rides on that page which the yes is for too (None = all of them); any other is ignored.
    However often the button is pressed there is one change and one answer. Raises `Refused` on
    the patient's own phone (staff see it), `AskingChanged` when something else is asked by now,
    `LinkInUse` in another browser, `RideLinkEnded` when the link leads nowhere.
    """
    ride = _pressed(link, browser, now)
    if is_in_use_elsewhere(ride, browser, now):
        raise LinkInUse
    if ride.link_used_at is not None and RideState(ride.state) in COUNTS:
        return ride
    asking, others, shown = whole_asking(ride, browser.language, now)
    if shown != mark:
        raise AskingChanged
    _must_not_drop_another(ride, browser)
    taken = [(one, ask) for one, ask in others if also is None or one.id in also]
    for one, ask in [(ride, asking), *taken]:
        _say_yes(one, ask, now)
    ride.link_used_at = now
    ride.contact.language = browser.language
    _sign_in(max([ride, *(one for one, _ask in taken)], key=_start), browser, now)
    if browser.texts:
        agree_to_texts(ride.contact, now)
    for one, _ask in taken:
        record(one.clinic_id, _actor(one), "accepted", one, now, one.visit_id, **_rules(asking))
    _settle(ride, "accepted", now, **_rules(asking))
    return ride


def _say_yes(ride: Ride, asking: Asking, now: datetime) -> None:
    if RideState(ride.state) not in COUNTS:
        if RideState(ride.state) is RideState.NAMED:
            ride.state, ride.asked_at = RideState.ASKED.value, now
        RIDE.judge(RideState(ride.state), RideState.ACCEPTED)
        ride.state, ride.accepted_at = RideState.ACCEPTED.value, now
        ride.code = "" if ride.role == Role.COMPANION else f"{randbelow(1_000_000):06d}"
        ride.code_tries = 0
    keep_promise(ride, asking, now)


def _start(ride: Ride) -> datetime:
    return ride.visit.start_at


def _rules(asking: Asking) -> dict[str, object]:
    return {"language": asking.language, "protocol": asking.protocol_version_id}


def decline_ride(link: str, browser: Browser, now: datetime) -> Ride:
    """Say no, to every day that the page asks for: staff and patient see it. A yes is still
    possible as long as the link lives."""
    ride = _pressed(link, browser, now)
    if ride.link_used_at is not None:
        raise LinkInUse
    if RideState(ride.state) is RideState.DECLINED:
        return ride
    others = [one for one in asked_too(ride, now) if one.state == RideState.ASKED]
    for one in [ride, *others]:
        RIDE.judge(RideState(one.state), RideState.DECLINED)
        one.state, one.declined_at = RideState.DECLINED.value, now
    for one in others:
        record(one.clinic_id, _actor(one), "declined", one, now, one.visit_id)
    if ride.role != Role.COMPANION:
        key = f"visit:{ride.visit_id}:driver-declined:{ride.id}"
        raise_alert(ride.visit, "driver-declined", now, key=key, actor=_actor(ride), ride=ride.id)
    _settle(ride, "declined", now)
    return ride


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


def _pressed(link: str, browser: Browser, now: datetime) -> Ride:
    """Find and lock the ride behind a link for a change, and refuse the patient's own browser."""
    try:
        found = find_by_link(link, now)
    except RideLinkEnded:
        count_try(f"ride-link:{browser.source}", WRONG_LINKS, WRONG_LINKS_IN, now)
        raise
    lock_visits([found.visit_id, *(other.visit_id for other in asked_too(found, now))])
    ride = locked_ride(found.id)
    if ride.link_hash != hashed(link):
        raise RideLinkEnded(ride.visit.clinic)
    must_be_open(ride, now)
    own_phone = ride.contact.phone == ride.visit.patient.phone
    if own_phone or browser.patient_id == ride.visit.patient_id:
        raise_alert(ride.visit, "own-driver", now, level=AlertLevel.TASK, ride=ride.id)
        db.session.commit()
        raise Refused("You cannot be your own driver. Another adult must take you home.")
    return ride


def _must_not_drop_another(ride: Ride, browser: Browser) -> None:
    """One browser is one driver: a second patient's ride would end the first one's notices."""
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


def _sign_in(ride: Ride, browser: Browser, now: datetime) -> None:
    """Bind the ride to this browser; a driver who goes on in another one leaves the first."""
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


def _settle(ride: Ride, verb: str, now: datetime, **facts: object) -> None:
    replan(ride.visit.patient_id, now)
    record(ride.clinic_id, _actor(ride), verb, ride, now, ride.visit_id, **facts)
    db.session.commit()


def _actor(ride: Ride) -> Actor:
    return Actor("driver", ride.contact_id)
