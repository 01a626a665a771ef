"""The people around a visit in the patient's words: what they are, where they stand, the link."""

from flask_babel import gettext as _

from recovery.domain.ride import RideState, Role
from recovery.store.rides import Ride
from recovery.web.times import day


def role_words(role: str) -> str:
    """Say what somebody is, on the patient's page."""
    words: dict[Role, str] = {
        Role.DRIVER: _("Driver"),
        Role.BACKUP: _("Backup driver"),
        Role.COMPANION: _("Stays with you after"),
    }
    return words[Role(role)]


def ride_status(ride: Ride) -> tuple[str, str]:
    """Say where somebody stands, for the patient: kind of status and words."""
    return {
        RideState.NAMED: ("wait", _("Not asked yet. Send the link.")),
        RideState.ASKED: ("wait", _("Asked. No answer yet.")),
        RideState.ACCEPTED: ("good", _("Said yes.")),
        RideState.DECLINED: ("alarm", _("Said no.")),
        RideState.WITHDRAWN: ("alarm", _("Can no longer come.")),
        RideState.REVOKED: ("plain", _("Removed.")),
        RideState.TOOK: ("good", _("Took you home.")),
        RideState.HOME: ("good", _("Took you home.")),
    }[RideState(ride.state)]


def message_to(ride: Ride, url: str) -> str:
    """The text that a patient sends from their own phone; it names nothing of health."""
    words = {
        Role.DRIVER: _("Can you drive me home on %(day)s? Please say yes or no:"),
        Role.BACKUP: _("Can you be my backup driver on %(day)s? Please say yes or no:"),
        Role.COMPANION: _("Can you stay with me on %(day)s? Please say yes or no:"),
    }[Role(ride.role)]
    return f"{words % {'day': day(ride.visit.start_at)}} {url}"
