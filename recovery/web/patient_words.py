"""The words of the patient's pages that depend on what is known."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from flask import g
from flask_babel import LazyString, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.notice import NoticeState
from recovery.domain.notices.says import says
from recovery.domain.protocol import Text
from recovery.domain.protocol.questions import Question
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import Reason
from recovery.services.refusals import Refused
from recovery.services.spoken_times import A_WEEK, in_a_sentence
from recovery.web import times
from recovery.web.ids import hushed
from recovery.web.language import reader
from recovery.web.telephone import unbroken

#: Places of a text that hold a time.
TIMES: Final = ("at", "visit", "arrive", "earliest", "pickup", "next")

REASONS: Final[dict[Reason, LazyString]] = {
    Reason.NOT_DISCHARGED: _l("Your clinic has not sent you home yet."),
    Reason.TIME: _l("The clinic’s minimum time is not over yet."),
    Reason.SLEEP_UNKNOWN: _l("You need a good night’s sleep first. Tell us how you slept."),
    Reason.SLEPT_BADLY: _l("You slept badly. We ask you again each evening and morning."),
    Reason.SYMPTOMS_UNKNOWN: _l("You have not told us yet that all effects are gone."),
    Reason.SYMPTOMS: _l("You told us that you still feel an effect."),
    Reason.RED_FLAG: _l("Your clinic wants to talk with you about something you told us."),
}

SEEN_WORDS: Final[dict[str, LazyString]] = {
    NoticeState.OWED.value: _l("On its way."),
    NoticeState.SENDING.value: _l("On its way."),
    NoticeState.SENT.value: _l("Sent. Waiting for your phone to show it."),
    NoticeState.SHOWN.value: _l("It arrived."),
    NoticeState.OPENED.value: _l("It arrived."),
    NoticeState.ACKNOWLEDGED.value: _l("It arrived."),
}
NOT_ARRIVED: Final = _l("It did not arrive.")


def language() -> str:
    """Return the language of this page."""
    return str(get_locale() or "en")


def said(text: Text) -> str:
    """Return a protocol's text in the reader's language; English when it has no other."""
    return text.root.get(language()) or next(iter(text.root.values()))


def filled(text: Text, visit: VisitFacts, at: datetime, now: datetime, *, clinic: str = "") -> str:
    """Return a text of the protocol with its places filled in for this visit.

    `at` is the time of the step or notice itself. A time that is not known yet says so.
    `clinic`: another name than the clinic's own, where others may read it.
    """
    moments = {place: datetime.fromisoformat(iso) for place, iso in says([text], visit, at).items()}
    places = {name: spoken(moment, now) for name, moment in moments.items()}
    unknown = _("the time your clinic tells you")
    known = {
        "clinic": clinic or g.clinic.name,
        "phone": unbroken(g.clinic.phone),
        "driver": _("your driver"),
        "patient": _("you"),
        **dict.fromkeys(TIMES, unknown),
    }
    return said(text).format_map(known | places)


def spoken(moment: datetime, now: datetime) -> str:
    """Say a time inside a sentence: "9:30 AM on Tuesday", "las 9:30 del martes"."""
    return in_a_sentence(moment, now, g.zone, reader())


def near_or_far(moment: datetime, now: datetime) -> str:
    """Say a time on its own: "Tuesday 9:30 AM", with the date when it is a week away."""
    near = abs(moment - now) < A_WEEK
    return times.day_time(moment) if near else times.date_time(moment)


def answer_pairs(
    questions: Iterable[Question], answers: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return questions with their answers, in words."""
    return [
        (said(question.text), said(choice.text) if choice else str(_("No answer yet")))
        for question in questions
        for choice in [question.choice(answers.get(question.id, ""))]
    ]


def asked(
    questions: Iterable[Question], answers: Mapping[str, str], refused: Refused | None
) -> dict[str, object]:
    """Return what a page of questions reads: questions, answers, what is missing.

    A service refuses at the first missing answer; the page shows all of them at once.
    """
    shown = [
        {
            "id": question.id,
            "place": hushed(question.id),
            "text": said(question.text),
            "help": said(question.help) if question.help else "",
            "options": [(choice.id, said(choice.text)) for choice in question.choices],
            "value": answers.get(question.id, ""),
        }
        for question in questions
    ]
    if refused is None:
        return {"questions": shown, "errors": {}, "summary": {}}
    sentence = _(refused.sentence)
    missing = {q.id: said(q.text) for q in questions if q.choice(answers.get(q.id, "")) is None}
    if refused.field not in missing:
        missing = {refused.field: sentence}
    errors = dict.fromkeys(missing, sentence)
    named = missing if len(missing) > 1 else errors
    summary = {hushed(name) if name else "": words for name, words in named.items()}
    return {"questions": shown, "errors": errors, "summary": summary}
