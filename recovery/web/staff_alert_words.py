"""An alert as staff read it: what happened, to whom, and whom to ring."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.protocol import Protocol
from recovery.domain.protocol.preparation import NOT_SURE
from recovery.services.alert_list import ShownAlert
from recovery.services.alerts_told import ToldOnCall
from recovery.services.facts import protocol_of
from recovery.services.moot_alerts import MOOT_SINCE
from recovery.store.addresses import Channel
from recovery.store.alerts import Alert, AlertLevel
from recovery.web import times
from recovery.web.staff_words import said, titled

KINDS: Final[dict[str, LazyString]] = {
    "left-undischarged": _l("Left before discharge. Find and call the patient."),
    "driver-taken-back": _l("The patient took the driver back. Ask who drives now."),
    "driver-declined": _l("The driver cannot come. Ask who drives now."),
    "driver-withdrew": _l("The driver withdrew. Ask who drives now."),
    "own-driver": _l("A patient tried to be their own driver. Talk to them."),
    "flags": _l("An answer needs a look before the visit."),
    "drove": _l("Drove during the wait, or means to. Talk to the patient."),
    "notice-unseen": _l("A notice was not seen in time. Call the person."),
    "notice-unsent": _l("A notice could not be sent yet. Call the person."),
    "notice-missed": _l("A notice came too late to be sent. Call the person."),
    "notice-failed": _l("A notice could not be sent at all. Call the person."),
    "no-device": _l("No phone for notices. Call the person."),
    "sender-refused": _l("Our notices are refused on their way. Tell whoever runs Homeward."),
    "clock-wrong": _l("The clock of this system is wrong or was changed. Check times entered."),
    "sms-stopped": _l("Answered STOP: no more texts. Agree on another way."),
    "email-stopped": _l("Wants no more e-mail. Agree on another way."),
    "account-ended": _l("A patient ended their account. Decide what you must keep."),
    "silence": _l("No answer to a check-in. Call the patient."),
}


def alert_card(shown: ShownAlert) -> dict[str, Any]:
    """Return what the template shows of one alert."""
    alert = shown.alert
    return {
        "id": alert.id,
        "kind": "alarm" if alert.level == AlertLevel.ALERT else "wait",
        "words": alert_words(shown),
        "patient": shown.visit.patient if shown.visit else None,
        "visit_id": alert.visit_id,
        "raised_at": alert.raised_at,
        "taken_at": alert.taken_at,
        "taken_by": shown.taken_by,
        "said_by": _said_by(alert),
        "ring": shown.ring,
        "driver": shown.driver if shown.driver is not shown.ring else None,
        "moot_since": _moot_since(alert),
        "about": _about(shown),
        "told": [_told(one) for one in shown.told],
        "resolved_at": alert.resolved_at,
        "resolved_by": shown.resolved_by,
        "resolution": alert.resolution,
    }


def _told(one: ToldOnCall) -> str:
    """Say when the person on call was told, and how."""
    way = _("text") if one.channel is Channel.TEXT else _("e-mail")
    time = times.day_time(one.at)
    if one.went_out:
        return str(_("The person on call was told by %(way)s, %(time)s.", way=way, time=time))
    return str(_("The %(way)s to the person on call did not go out, %(time)s.", way=way, time=time))


def alert_words(shown: ShownAlert) -> str:
    """Say what happened: a red flag in the protocol's words, others in ours."""
    alert = shown.alert
    if shown.visit is not None:
        protocol = protocol_of(shown.visit.protocol_version)
        flag = protocol.red_flag(alert.red_flag or alert.kind)
        if flag is not None:
            return said(flag.button)
        notice = protocol.notice(alert.kind)
        if notice is not None:
            return titled(notice.title, shown.visit.patient.name)
    return str(KINDS.get(alert.kind) or alert.kind.replace("-", " ").capitalize())


def _about(shown: ShownAlert) -> str:
    """Name the notice or the answers that an alert is about, in the protocol's words."""
    if shown.visit is None:
        return ""
    protocol = protocol_of(shown.visit.protocol_version)
    answers = shown.alert.facts.get("answers")
    if answers:
        return " ".join(_reasons(protocol, answers))
    rule = str(shown.alert.facts.get("rule", ""))
    notice, step = protocol.notice(rule), protocol.preparation.step(rule)
    title = notice.title if notice else step.title if step else None
    return titled(title, shown.visit.patient.name) if title else ""


def _reasons(protocol: Protocol, answers: Mapping[str, str]) -> Iterator[str]:
    """Say why each answer needs a look, and whether the patient only did not know."""
    asked = (question for step in protocol.preparation.steps for question in step.questions)
    for question in asked:
        choice = question.choice(answers.get(question.id, ""))
        if choice is not None and choice.reason is not None:
            reason = said(choice.reason)
            unsure = choice.id == NOT_SURE
            yield _("%(reason)s (not sure)", reason=reason.rstrip(".")) if unsure else reason


def _moot_since(alert: Alert) -> datetime | None:
    """When the cause of an alert that somebody has taken was gone."""
    since = alert.facts.get(MOOT_SINCE)
    return datetime.fromisoformat(since) if since else None


def _said_by(alert: Alert) -> str:
    """Who said it, and when, if it waited on their phone."""
    words = {"patient": _("Said by the patient"), "driver": _("Said by the driver")}
    who = str(words.get(str(alert.facts.get("said_by", "")), ""))
    said_at = alert.facts.get("said_at")
    if not (who and said_at):
        return who
    at = times.day_time(datetime.fromisoformat(said_at))
    return str(_("%(who)s on %(time)s, without a connection.", who=who, time=at))
