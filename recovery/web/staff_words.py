"""The rules' words for staff: states, flags, needs and measures as a person says them."""

import re
from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.discharge import Missing, Need
from recovery.domain.gate import Flag
from recovery.domain.protocol import Protocol, Text
from recovery.domain.protocol.after import RedFlag
from recovery.domain.protocol.day import Measure
from recovery.domain.ride import RideState, Role
from recovery.domain.rights import StaffRole
from recovery.domain.visit import VisitState
from recovery.domain.wait import Reason
from recovery.web.times import clock_time

#: Visit state → how it looks (good, wait, alarm, plain) and its words.
STATES: Final[Mapping[VisitState, tuple[str, LazyString]]] = {
    VisitState.BOOKED: ("plain", _l("Booked")),
    VisitState.ARRIVED: ("wait", _l("Arrived")),
    VisitState.INFUSING: ("wait", _l("Infusion running")),
    VisitState.RECOVERING: ("wait", _l("Recovering")),
    VisitState.READY: ("good", _l("Ready for pick-up")),
    VisitState.DISCHARGED: ("good", _l("Discharged")),
    VisitState.LEFT: ("alarm", _l("Left before discharge")),
    VisitState.TRANSFERRED: ("alarm", _l("Transferred")),
    VisitState.CANCELLED: ("plain", _l("Cancelled")),
    VisitState.NO_SHOW: ("alarm", _l("Did not come")),
}
RIDES: Final[Mapping[RideState, tuple[str, LazyString]]] = {
    RideState.NAMED: ("wait", _l("named, not asked yet")),
    RideState.ASKED: ("wait", _l("asked, no answer yet")),
    RideState.ACCEPTED: ("good", _l("accepted")),
    RideState.DECLINED: ("alarm", _l("declined")),
    RideState.WITHDRAWN: ("alarm", _l("withdrew")),
    RideState.REVOKED: ("plain", _l("taken back by the patient")),
    RideState.TOOK: ("good", _l("took the patient home")),
    RideState.HOME: ("good", _l("says: home safe")),
}
ROLES: Final[Mapping[Role, LazyString]] = {
    Role.DRIVER: _l("Driver"),
    Role.BACKUP: _l("Backup"),
    Role.COMPANION: _l("Companion"),
}
ROLE_WORDS: Final[Mapping[StaffRole, LazyString]] = {
    StaffRole.FRONT_DESK: _l("Front desk"),
    StaffRole.NURSE: _l("Nurse"),
    StaffRole.PROVIDER: _l("Provider"),
    StaffRole.ADMIN: _l("Admin"),
}
MEASURES: Final[Mapping[Measure, LazyString]] = {
    Measure.SYSTOLIC: _l("Blood pressure, upper (mmHg)"),
    Measure.DIASTOLIC: _l("Blood pressure, lower (mmHg)"),
    Measure.PULSE: _l("Pulse (per minute)"),
    Measure.SPO2: _l("Oxygen, SpO2 (%)"),
    Measure.TEMPERATURE: _l("Temperature (°C)"),
}
WAITING: Final[Mapping[Reason, LazyString]] = {
    Reason.NOT_DISCHARGED: _l("The patient has not left yet."),
    Reason.TIME: _l("The minimum time is not over."),
    Reason.SLEEP_UNKNOWN: _l("We do not know how the patient slept."),
    Reason.SLEPT_BADLY: _l("The patient slept badly."),
    Reason.SYMPTOMS_UNKNOWN: _l("The last questions are not answered."),
    Reason.SYMPTOMS: _l("The patient still feels something."),
    Reason.RED_FLAG: _l("A red flag is open."),
}
OPEN_PLACE: Final = re.compile(r"\{\w+\}")
_FLAGS: Final[Mapping[str, LazyString]] = {
    "protocol-unsigned": _l("The protocol is not signed. A real visit cannot start."),
    "no-driver": _l("No driver has accepted, and there is no exemption."),
    "driver-unreachable": _l("The driver was not reached."),
}


def said(text: Text) -> str:
    """Return a protocol's text in the reader's language, or its first one."""
    language = str(get_locale() or "en")
    chosen = language if language in text.languages else min(text.languages)
    return text.in_language(chosen)


def protocol_name(protocol: Protocol, number: object) -> str:
    """Name a version of a protocol, and say so where no clinician has signed it."""
    return f"{said(protocol.title)} ({marked(protocol, number)})"


def marked(protocol: Protocol, number: object) -> str:
    """Return a version's number, with a mark if no clinician has signed it."""
    return str(number) if protocol.is_signed else str(_("%(number)s, not signed", number=number))


def titled(text: Text, patient: str) -> str:
    """Return a notice's title for a list; a time that it leaves open is shown as “…”."""
    return OPEN_PLACE.sub("…", said(text).replace("{patient}", patient))


def flag_words(flag: Flag) -> str:
    """Say what stands against a start."""
    sort, _colon, name = flag.id.partition(":")
    if flag.id in _FLAGS:
        return str(_FLAGS[flag.id])
    if sort == "unmeasured":
        return str(_("Not measured: %(what)s", what=MEASURES[Measure(name)]))
    reason = said(flag.reason) if flag.reason else name
    if sort == "unknown":
        return str(_("Not known when last: %(what)s", what=reason))
    if sort == "fasting":
        return str(_("Too short a time since: %(what)s", what=reason))
    if sort == "unanswered":
        return str(_("Not answered: %(what)s", what=reason))
    return reason


def _red_flag_words(flag: RedFlag | None) -> str:
    what = said(flag.button) if flag is not None else _("Something was reported")
    return str(_("An alert is open: %(what)s. Please resolve it first.", what=what))


def need_words(need: Missing, protocol: Protocol) -> str:
    """Say what still keeps the patient here."""
    rule = protocol.discharge
    if need.need is Need.RED_FLAG:
        return _red_flag_words(protocol.red_flag(need.detail))
    if need.need is Need.CHECK:
        return said(next(check.text for check in rule.checks if check.id == need.detail))
    if need.until is not None:
        when = clock_time(need.until)
        words = {
            Need.STAY: _("The stay lasts until %(when)s.", when=when),
            Need.READINGS: _("One more score, from %(when)s on.", when=when),
            Need.READINGS_TOO_CLOSE: _(
                "The scores are too close. Score again from %(when)s on.", when=when
            ),
        }
        return str(words[need.need])
    words = {
        Need.STAY: _("The end of the infusion is not recorded."),
        Need.READINGS: ngettext(
            "No score yet. %(num)s is needed.", "No score yet. %(num)s are needed.", rule.readings
        ),
        Need.SCORE: _(
            "The last scores were %(scores)s. Each must be %(least)s or more.",
            scores=need.detail,
            least=rule.pass_at,
        ),
        Need.READINGS_TOO_CLOSE: _("The scores are too close to each other."),
        Need.OXYGEN: _(
            "Oxygen must be %(least)s %% or as before.", least=f"{rule.spo2_at_least or 0:g}"
        ),
        Need.HANDOVER: _("The handover: the driver’s code, or a name and a reason."),
    }
    return str(words[need.need])
