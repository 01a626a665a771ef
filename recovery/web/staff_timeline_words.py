"""The timeline in plain words: who did what, and how far each notice came."""

from datetime import datetime
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.services.facts import protocol_of
from recovery.services.planning import CODE, ON_CALL, SHEET, TEST
from recovery.services.timeline import Happened, Timeline, Told
from recovery.store.addresses import Channel
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit
from recovery.web.staff_words import titled

#: (subject, verb) of an audit row → what happened.
VERBS: Final[dict[tuple[str, str], LazyString]] = {
    ("visit", "booked"): _l("Visit booked"),
    ("visit", "moved"): _l("Visit moved to another time"),
    ("visit", "cancelled"): _l("Visit cancelled"),
    ("visit", "no-show"): _l("The patient did not come"),
    ("visit", "arrived"): _l("The patient arrived"),
    ("visit", "gate-entered"): _l("Start gate filled in"),
    ("visit", "decided"): _l("A clinician decided on holds"),
    ("visit", "exempted"): _l("Exempt from a driver"),
    ("visit", "exemption-ended"): _l("Exemption taken back"),
    ("visit", "started"): _l("Infusion started"),
    ("visit", "measured"): _l("Vital signs measured"),
    ("visit", "observed"): _l("Monitoring form filled in"),
    ("visit", "sedative-given"): _l("Another sedative given"),
    ("visit", "ended"): _l("Infusion ended"),
    ("visit", "stopped-early"): _l("Infusion stopped early"),
    ("visit", "ready"): _l("Ready for pick-up"),
    ("visit", "scored"): _l("Discharge score taken"),
    ("visit", "checked"): _l("Discharge checklist filled in"),
    ("visit", "handed-over"): _l("Handed over by name"),
    ("visit", "discharged"): _l("Discharged"),
    ("visit", "sent-sheet"): _l("Sheet for home sent"),
    ("visit", "left"): _l("Left before discharge"),
    ("visit", "transferred"): _l("Transferred"),
    ("visit", "undid"): _l("A wrong tap taken back"),
    ("visit", "corrected"): _l("Times corrected"),
    ("visit", "wait-extended"): _l("Wait made longer"),
    ("visit", "wait-changed"): _l("Wait’s minimum changed"),
    ("visit", "wait-closed"): _l("Wait ended by a clinician"),
    ("visit", "exported-ledger"): _l("The notices were saved as a file"),
    ("patient", "looked"): _l("Record opened"),
    ("address", "asked-for-code"): _l("The patient asked for a code"),
    ("ride", "named"): _l("Driver named"),
    ("ride", "asked"): _l("Driver asked"),
    ("ride", "accepted"): _l("Driver accepted"),
    ("ride", "accepted-by-call"): _l("Driver said yes to staff on the phone"),
    ("ride", "declined"): _l("Driver declined"),
    ("ride", "coming"): _l("Driver says: I am coming"),
    ("ride", "set-out"): _l("Driver says: on my way"),
    ("ride", "here"): _l("Driver says: I am here"),
    ("ride", "looked-in"): _l("Driver says: awake, can talk"),
    ("ride", "withdrew"): _l("Driver withdrew"),
    ("ride", "revoked"): _l("Driver taken back by the patient"),
    ("ride", "handed-over"): _l("Handed over to the driver by code"),
    ("ride", "wrong-code"): _l("A wrong handover code"),
    ("ride", "home"): _l("Driver says: home safe"),
    ("step_done", "did"): _l("Preparation step done"),
    ("step_done", "checked-answers"): _l("The patient checked all answers"),
    ("check_in", "answered"): _l("Check-in answered"),
    ("notice", "asked-for-test"): _l("Test notice asked for"),
    ("notice", "shown"): _l("Notice shown on the phone"),
    ("notice", "opened"): _l("Notice opened"),
    ("notice", "acknowledged"): _l("Notice read and confirmed"),
    ("alert", "raised"): _l("Alert raised"),
    ("alert", "took"): _l("Alert taken"),
    ("alert", "resolved"): _l("Alert resolved"),
    ("alert", "settled-itself"): _l("Alert closed: no longer so"),
}
NOTICE_STATES: Final[dict[NoticeState, tuple[str, LazyString]]] = {
    NoticeState.OWED: ("plain", _l("Owed")),
    NoticeState.SENDING: ("plain", _l("Being sent")),
    NoticeState.SENT: ("wait", _l("Sent, not seen yet")),
    NoticeState.SHOWN: ("good", _l("Shown on the phone")),
    NoticeState.OPENED: ("good", _l("Opened")),
    NoticeState.ACKNOWLEDGED: ("good", _l("Read and confirmed")),
    NoticeState.MISSED: ("alarm", _l("Missed")),
    NoticeState.WITHDRAWN: ("plain", _l("Taken back: no longer true")),
    NoticeState.FAILED: ("alarm", _l("Failed")),
}
AUDIENCES: Final[dict[str, LazyString]] = {
    "patient": _l("Patient"),
    "driver": _l("Driver"),
    "backup": _l("Backup driver"),
    "companion": _l("Companion"),
    "staff": _l("Staff"),
}
OUTCOMES: Final[dict[str, LazyString]] = {
    "sent": _l("accepted"),
    "again": _l("to be tried again"),
    "gone": _l("refused for good"),
    "broken": _l("it could not be made ready"),
    "": _l("outcome not known"),
}
#: By what a try went; `board` needs no network.
CHANNELS: Final[dict[str, LazyString]] = {
    Channel.PUSH: _l("Notice on the phone"),
    Channel.TEXT: _l("Text"),
    Channel.EMAIL: _l("E-mail"),
    Channel.DRIVER: _l("Asked to look in"),
    Channel.BOARD: _l("Put on the board"),
}
#: What a provider reported later, where it says more than that a text is on its way.
REPORTS: Final[dict[str, LazyString]] = {
    "delivered": _l("the phone has it, nobody opened it yet"),
    "read": _l("the phone has it"),
    "undelivered": _l("it reached nobody"),
    "failed": _l("it reached nobody"),
    "canceled": _l("it reached nobody"),
    "bounced": _l("it reached nobody"),
}
#: Whom each rung of the ladder tells.
RUNGS: Final[dict[Rung, LazyString]] = {
    Rung.PUSH: _l("the phone"),
    Rung.OTHER_DEVICES: _l("other phones"),
    Rung.MESSAGE: _l("text or e-mail"),
    Rung.DRIVER: _l("the driver"),
    Rung.STAFF: _l("staff"),
}
#: Titles of what no protocol plans.
TITLES: Final[dict[str, LazyString]] = {
    TEST: _l("Test notice"),
    CODE: _l("Code that proves an address"),
    SHEET: _l("What to do at home"),
    ON_CALL: _l("An alert for the person on call"),
}
#: Why a notice ended without being seen; what is not here is a push service's own answer.
WHYS: Final[dict[str, LazyString]] = {
    "no-longer-true": _l("no longer true"),
    "told-together": _l("told with a later alert"),
    "not-to-be-told": _l("not to be told any more"),
    "no-device": _l("no phone for notices"),
    "not-accepted": _l("no push service accepted it"),
    "too-late": _l("too late"),
    "broken": _l("it could not be made ready"),
}


def timeline_events(found: Timeline) -> list[dict[str, Any]]:
    """Return what happened, in the order of the trail, for the timeline component."""
    return [
        {
            "at": happened.row.at,
            "words": event_words(happened),
            "detail": happened.why,
            "by": happened.who or _("by itself"),
            "kind": "alarm" if happened.row.verb == "raised" else "plain",
        }
        for happened in found.happened
    ]


def event_words(happened: Happened) -> str:
    """Say what one row of the trail records."""
    row = happened.row
    words = VERBS.get((row.subject, row.verb))
    return str(words) if words else row.verb.replace("-", " ").capitalize()


def notice_cards(found: Timeline, visit: Visit, now: datetime) -> list[dict[str, Any]]:
    """Return every notice with its stages and tries, by the time it is due."""
    return [_card(told, visit, now) for told in found.told]


def _card(told: Told, visit: Visit, now: datetime) -> dict[str, Any]:
    notice = told.notice
    look, words = NOTICE_STATES[NoticeState(notice.state)]
    return {
        "id": notice.id,
        "at": notice.due_at,
        "title": notice_title(notice, visit),
        "to": f"{AUDIENCES.get(notice.role, notice.role)} {told.to}".strip(),
        "look": look,
        "words": words,
        "why": str(WHYS.get(notice.why, notice.why)),
        "correction": notice.correction,
        "stages": _stages(notice, now),
        "attempts": [
            {
                "at": attempt.at,
                "words": _outcome(attempt),
                "detail": attempt.detail,
            }
            for attempt in told.attempts
        ],
        "ahead": [(str(RUNGS[rung]), at) for rung, at in told.ahead],
    }


def _outcome(attempt: Attempt) -> str:
    """Say by what channel it went, on a rung above the first which one, and what became of it."""
    way = str(CHANNELS.get(attempt.channel, attempt.channel))
    if attempt.channel == Channel.PUSH and attempt.rung == Rung.OTHER_DEVICES:
        way = str(_("Notice on another phone"))
    if attempt.channel in {Channel.BOARD, Channel.DRIVER}:
        return way
    said = REPORTS.get(attempt.reported) or OUTCOMES.get(attempt.outcome, attempt.outcome)
    return f"{way}: {said}"


def notice_title(notice: Notice, visit: Visit) -> str:
    """Return a notice's title in the protocol's words."""
    protocol = protocol_of(visit.protocol_version)
    if notice.kind in TITLES:
        return str(TITLES[notice.kind])
    rule, step = protocol.notice(notice.kind), protocol.preparation.step(notice.kind)
    if rule is not None:
        title = rule.title
    elif step is not None:
        title = step.lock_title or step.title
    else:
        return notice.kind.replace("-", " ").capitalize()
    return titled(title, visit.patient.name)


def _stages(notice: Notice, now: datetime) -> list[tuple[str, datetime | None, bool]]:
    """Return what a notice goes through, when, and whether it has come that far.

    Of what is not due yet nothing but its time is worth a word.
    """
    moments = [
        (_("Owed"), notice.created_at),
        (_("Due"), notice.due_at),
        (_("Sent"), notice.sent_at),
        (_("Shown"), notice.shown_at),
        (_("Opened"), notice.opened_at),
        (_("Confirmed"), notice.acknowledged_at),
    ]
    told = moments if notice.due_at <= now else moments[:2]
    return [(words, at, at is not None and at <= now) for words, at in told]
