"""What a notice says: its protocol's texts with the times and names of one visit filled in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from flask_babel import force_locale
from flask_babel import gettext as _

from recovery.delivery.message import Words
from recovery.domain.notice import Part
from recovery.domain.protocol import Protocol, Text
from recovery.domain.protocol.texts import places_in
from recovery.services.facts import facts_of, protocol_of
from recovery.services.planning import CODE, ON_CALL, SHEET, TEST, part_from
from recovery.services.reading import driver_name
from recovery.services.spoken_times import in_a_sentence, locale_of
from recovery.store.notices import Notice
from recovery.store.visits import Visit

TIMES: Final = ("at", "visit", "arrive", "earliest", "pickup", "next")


class NoWords(LookupError):
    """The visit's protocol knows nothing of what the notice is about."""


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """A notice in its reader's language. `page` is the long text, read in the app only.

    Title and body may be seen on a locked phone, unless the reader chose discreet wording.
    """

    title: str
    body: str
    page: str
    lang: str


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of one part, of a notice rule or a step of the preparation."""

    title: Text
    body: Text
    page: Text
    still: Text | None = None


def words_for(row: Notice, visit: Visit, language: str) -> NoticeWords:
    """Return what the notice `row` about `visit` says to a reader of `language`.

    Several parts are one notice: the first part's title, all bodies. A language that the
    protocol lacks is replaced by its first. Raises `NoWords`.
    """
    protocol = protocol_of(visit.protocol_version)
    spoken = language if language in protocol.languages else protocol.languages[0]
    if row.kind == TEST:
        return test_words(spoken)
    with force_locale(spoken):
        if row.kind == ON_CALL:
            said = _("An alert needs you now.")
            return NoticeWords(said, said, said, spoken)
        if row.kind == SHEET:
            title = _("What to do at home")
            body = _("Open it to read it, now or later.")
            return NoticeWords(title, body, body, spoken)
        if row.kind == CODE:
            said = _("Your code is on its way")
            return NoticeWords(said, said, said, spoken)
        told = list(_told(row, visit, protocol, spoken))
        if not told:
            raise NoWords(row.kind)
        return NoticeWords(
            title=_title(row, told[0].title),
            body=" ".join(dict.fromkeys(words.body for words in told)),
            page="\n\n".join(dict.fromkeys(words.page for words in told)),
            lang=spoken,
        )


@cache
def test_words(language: str) -> NoticeWords:
    """Return what a test notice says."""
    with force_locale(language):
        title, body = _("This is a test"), _("Notices reach this phone. Tap to go on.")
        return NoticeWords(title, body, body, language)


@cache
def unknown_time(language: str) -> str:
    """Return what stands in a text where a time is not known."""
    with force_locale(language):
        return str(_("the time your clinic tells you"))


@cache
def discreet_words(language: str) -> Words:
    """Return what a lock screen shows when nobody may learn anything from it."""
    with force_locale(language):
        return Words(_("You have a message"), _("Open it to read."))


@cache
def stale_words(language: str) -> Words:
    """Return what a phone shows instead of a notice whose time is over."""
    with force_locale(language):
        return Words(_("Please open the app"), _("See what is true now."))


def short_words(words: Words, language: str) -> Words:
    """Return the same title with a body that is short enough for any phone."""
    return Words(words.title, discreet_words(language).body)


def _told(row: Notice, visit: Visit, protocol: Protocol, language: str) -> Iterator[NoticeWords]:
    for part in map(part_from, row.parts):
        texts = _texts_of(part, protocol)
        if texts is not None:
            title, body, page = (
                _filled(text, part, visit, row.due_at, language)
                for text in (texts.title, texts.body, texts.page)
            )
            still = _still(texts.still, part, visit, row.due_at, language)
            yield NoticeWords(title, body, f"{page} {still}".strip(), language)


def _texts_of(part: Part, protocol: Protocol) -> _Texts | None:
    rule, step = protocol.notice(part.kind), protocol.preparation.step(part.kind)
    if rule is not None:
        return _Texts(rule.title, rule.body, rule.page or rule.body)
    if step is not None and step.lock_title is not None and step.lock_body is not None:
        return _Texts(step.lock_title, step.lock_body, step.body, step.still)
    return None


def still_words(what: str, until: str) -> str:
    """Say what may still be had, and until when ("" = no time is known)."""
    what = after_colon(what)
    if not until:
        return str(_("You may still have: %(what)s.", what=what))
    return str(_("You may still have until %(until)s: %(what)s.", until=until, what=what))


def after_colon(words: str) -> str:
    """Begin small what stands after a colon; a word all in capitals stays."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _still(text: Text | None, part: Part, visit: Visit, read_at: datetime, language: str) -> str:
    if text is None:
        return ""
    what, until = _filled(text, part, visit, read_at, language), part.says.get("next")
    if until is None:
        return still_words(what, "")
    return still_words(what, _spoken(until, visit, read_at, language))


def _title(row: Notice, title: str) -> str:
    if any(part["says"].get("start") == "now" for part in row.parts):
        title = _("Please get ready now")
    return _("Changed: %(title)s", title=title) if row.correction else title


def _filled(text: Text, part: Part, visit: Visit, read_at: datetime, language: str) -> str:
    """Fill in the places; a time that is not known says so."""
    words = text.in_language(language)
    places = places_in(words)
    if not places:
        return words.format()
    known: dict[str, str] = {
        "clinic": visit.clinic.neutral_name,
        "phone": visit.clinic.phone,
        "patient": first_name(visit.patient.name),
        **dict.fromkeys(TIMES, unknown_time(language)),
    }
    if "driver" in places:
        known["driver"] = driver_name(facts_of([visit])[0]) or _("your driver")
    for place in places & part.says.keys():
        known[place] = _spoken(part.says[place], visit, read_at, language)
    return words.format_map(known)


def _spoken(moment: str, visit: Visit, read_at: datetime, language: str) -> str:
    """A notice does not know the phone it is read on: its clock is that of the clinic's country."""
    locale = locale_of(language, visit.clinic.country) or Locale.parse(language)
    zone = ZoneInfo(visit.clinic.zone)
    return in_a_sentence(datetime.fromisoformat(moment), read_at, zone, locale)


def first_name(name: str) -> str:
    """The name by which others know a patient; a lock screen shows nothing more of it."""
    return next(iter(name.split()), "") or _("your patient")
