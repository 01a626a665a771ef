"""A driver says yes or no through their link. Only the press of a button counts."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from secrets import randbelow

from recovery.domain.ride import COUNTS, RIDE, RideState, Role
from recovery.services.addresses import agree_to_texts
from recovery.services.alerts import raise_alert
from recovery.services.asked_together import asked_too, whole_asking
from recovery.services.asking import Asking, keep_promise
from recovery.services.audit import Actor, record
from recovery.services.driver_browsers import (
    Browser,
    is_in_use_elsewhere,
    must_not_drop_another,
    sign_in_for,
)
from recovery.services.planning import replan
from recovery.services.refusals import Conflict, Refused, sentence
from recovery.services.ride_links import RideLinkEnded, find_by_link, hand_on, must_be_open
from recovery.services.sign_in import count_try, hashed
from recovery.services.within_reach import lock_visits, locked_ride
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.rides import Ride

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


def accept_ride(
    link: str,
    mark: str,
    browser: Browser,
    now: datetime,
    on: Collection[int] | None = None,
) -> Ride:
    """Say yes: the rides count from this commit on, and the link belongs to this browser.

    `mark` is that of all that the page asked; its lines are kept with the yes. `on`: ids of the
    rides on that page which the yes is for (None = all of them); to the others it is a no, and
    what the page did not show is neither. Returns the first ride of the yes, to which the link
    leads from now on. However often the button is pressed there is one change and one answer.
    Raises `Refused` on the patient's own phone (staff see it) and when no day was chosen,
    `AskingChanged` when something else is asked by now, `LinkInUse` in another browser,
    `RideLinkEnded` when the link leads nowhere.
    """
    ride = _pressed(link, browser, now)
    if is_in_use_elsewhere(ride, browser, now):
        raise LinkInUse
    if ride.link_used_at is not None and RideState(ride.state) in COUNTS:
        return ride
    asked = _as_shown(ride, mark, browser, now)
    yes = [(one, ask) for one, ask in asked if on is None or one.id in on]
    if not yes:
        raise Refused("Please tick the days on which you can, or press “No”.", "on")
    must_not_drop_another(ride, browser)
    for one, ask in yes:
        say_yes(one, ask, now)
        record(one.clinic_id, _actor(one), "accepted", one, now, one.visit_id, **_rules(ask))
    first = yes[0][0]
    if first is not ride:
        hand_on(ride, first)
    first.link_used_at = now
    first.contact.language = browser.language
    sign_in_for(max((one for one, _ask in yes), key=_start), browser, now)
    if browser.texts:
        agree_to_texts(first.contact, now)
    _say_no([one for one, _ask in asked if one not in {taken for taken, _ in yes}], now)
    _settle(ride, now)
    return first


def _as_shown(ride: Ride, mark: str, browser: Browser, now: datetime) -> list[tuple[Ride, Asking]]:
    """Return all that is asked now, which must be what the page showed."""
    asking, others, shown = whole_asking(ride, browser.language, now)
    if shown != mark:
        raise AskingChanged
    return [(ride, asking), *others]


def say_yes(ride: Ride, asking: Asking, now: datetime) -> None:
    """Let somebody count from now on, and keep what they said yes to. Does not commit."""
    if RideState(ride.state) not in COUNTS:
        _ask_first(ride, now)
        RIDE.judge(RideState(ride.state), RideState.ACCEPTED)
        ride.state, ride.accepted_at = RideState.ACCEPTED.value, now
        ride.code = "" if ride.role == Role.COMPANION else f"{randbelow(1_000_000):06d}"
        ride.code_tries = 0
    keep_promise(ride, asking, now)


def _ask_first(ride: Ride, now: datetime) -> None:
    """Who was named for a day after the link was made, and then sees it there, is asked by that."""
    if RideState(ride.state) is RideState.NAMED:
        ride.state, ride.asked_at = RideState.ASKED.value, now


def _start(ride: Ride) -> datetime:
    return ride.visit.start_at


def _rules(asking: Asking) -> dict[str, object]:
    return {"language": asking.language, "protocol": asking.protocol_version_id}


def decline_ride(link: str, mark: str, browser: Browser, now: datetime) -> Ride:
    """Say no, to every day that the page showed: staff and patient see it. A yes is still
    possible as long as the link lives. Raises as `accept_ride` does."""
    ride = _pressed(link, browser, now)
    if ride.link_used_at is not None:
        raise LinkInUse
    if RideState(ride.state) is RideState.DECLINED:
        return ride
    _say_no([one for one, _ask in _as_shown(ride, mark, browser, now)], now)
    _settle(ride, now)
    return ride


def _say_no(rides: Sequence[Ride], now: datetime) -> None:
    """One task for staff, however many days it is about."""
    new = [one for one in rides if RideState(one.state) is not RideState.DECLINED]
    for one in new:
        _ask_first(one, now)
        RIDE.judge(RideState(one.state), RideState.DECLINED)
        one.state, one.declined_at = RideState.DECLINED.value, now
        record(one.clinic_id, _actor(one), "declined", one, now, one.visit_id)
    if new and new[0].role != Role.COMPANION:
        first = new[0]
        key = f"visit:{first.visit_id}:driver-declined:{first.id}"
        raise_alert(
            first.visit, "driver-declined", now, key=key, actor=_actor(first), ride=first.id
        )


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


def _settle(ride: Ride, now: datetime) -> None:
    replan(ride.visit.patient_id, now)
    db.session.commit()


def _actor(ride: Ride) -> Actor:
    return Actor("driver", ride.contact_id)
