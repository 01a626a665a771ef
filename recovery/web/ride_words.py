"""The people around a visit in words: what they are, what they said and when, the link to send."""

from datetime import datetime

from flask_babel import gettext as _

from recovery.domain.ride import RideState, Role
from recovery.services.asking import Asking
from recovery.store.rides import Ride
from recovery.web.times import clock_time, day


def role_words(role: str) -> str:
    """Say what somebody is, on the patient's page."""
    words: dict[Role, str] = {
        Role.DRIVER: _("Drives you home"),
        Role.BACKUP: _("Backup driver"),
        Role.COMPANION: _("Stays with you after"),
    }
    return words[Role(role)]


def ride_status(ride: Ride, now: datetime) -> tuple[str, str]:
    """Say where somebody stands, for the patient: kind of status, and words with the time."""
    state = RideState(ride.state)
    kind, words, at = {
        RideState.NAMED: ("wait", _("Not asked yet. Send the link."), None),
        RideState.ASKED: ("wait", _("Asked. No answer yet."), None),
        RideState.ACCEPTED: ("good", _("Said yes."), ride.accepted_at),
        RideState.DECLINED: ("alarm", _("Said no."), ride.declined_at),
        RideState.WITHDRAWN: ("alarm", _("Can no longer come."), ride.withdrawn_at),
        RideState.REVOKED: ("plain", _("Removed."), None),
        RideState.TOOK: ("good", _("Took you home."), ride.took_at),
        RideState.HOME: ("good", _("Said that you are home."), ride.home_at),
    }[state]
    return kind, f"{words} {_lately(at, now)}" if at else words


def _lately(at: datetime, now: datetime) -> str:
    """Say a past moment in few words: today by the clock, else the day."""
    return clock_time(at) if day(at) == day(now) else day(at)


def story(ride: Ride) -> list[tuple[str, datetime]]:
    """Return what was asked of somebody and what they said, each the last time, in order."""
    told = [
        (_("Asked"), ride.asked_at),
        (_("Said yes"), ride.accepted_at),
        (_("Said no"), ride.declined_at),
        (_("Is coming"), ride.coming_at),
        (_("On the way"), ride.set_out_at),
        (_("Here"), ride.here_at),
        (_("Left together"), ride.took_at),
        (_("Looked in: awake, can talk"), ride.looked_in_at),
        (_("Home safe"), ride.home_at),
        (_("Can no longer come"), ride.withdrawn_at),
    ]
    return sorted(((words, at) for words, at in told if at is not None), key=lambda pair: pair[1])


def day_asked(ride: Ride, asking: Asking) -> tuple[str, str]:
    """Say one day that somebody is asked for, and its times."""
    pickup = clock_time(asking.pickup)
    if ride.role == Role.COMPANION:
        return day(asking.start), _("from about %(pickup)s until the next morning", pickup=pickup)
    start = clock_time(asking.start)
    times = _("%(start)s, pick-up at about %(pickup)s", start=start, pickup=pickup)
    return day(asking.start), times


def message_to(ride: Ride, url: str) -> str:
    """The text that a patient sends from their own phone; it names nothing of health."""
    words = {
        Role.DRIVER: _("Can you drive me home on %(day)s? Please say yes or no:"),
        Role.BACKUP: _("Can you be my backup driver on %(day)s? Please say yes or no:"),
        Role.COMPANION: _("Can you stay with me on %(day)s? Please say yes or no:"),
    }[Role(ride.role)]
    # A space that may not break takes a text out of the alphabet in which 160 letters fit.
    return f"{words % {'day': day(ride.visit.start_at)}} {url}".replace("\u00a0", " ")
