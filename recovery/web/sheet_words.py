"""The sheet for home as staff see it: whom it was sent to, by what, and how far it came."""

from dataclasses import dataclass

from flask_babel import gettext as _

from recovery.domain.notice import NoticeState
from recovery.domain.visit import VisitFacts
from recovery.services.sheets import SentSheet, SheetReader, sheet_readers
from recovery.store.notices import Notice
from recovery.store.visits import Visit
from recovery.web.staff_timeline_words import AUDIENCES, CHANNELS, NOTICE_STATES, notice_title
from recovery.web.times import date_time


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One notice that leads to the sheet: when it went out or is due, by what, how far it came."""

    when: str
    way: str
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class SheetCard:
    """One person; `to` is what the button sends."""

    to: str
    who: str
    button: str
    lines: tuple[SheetLine, ...]


def sheet_cards(visit: Visit, facts: VisitFacts) -> list[SheetCard]:
    """Return whom the sheet is for; none before the patient has gone home."""
    return [_card(reader, visit) for reader in sheet_readers(visit, facts)]


def _card(reader: SheetReader, visit: Visit) -> SheetCard:
    who = f"{AUDIENCES[reader.role]} {reader.name}".strip()
    went = any(one.notice.sent_at is not None for one in reader.sent)
    button = _("Send it again: %(who)s", who=who) if went else _("Send it now: %(who)s", who=who)
    lines = tuple(_line(one, visit) for one in reader.sent)
    return SheetCard(reader.to, who, str(button), lines)


def _line(sent: SentSheet, visit: Visit) -> SheetLine:
    notice = sent.notice
    look, words = NOTICE_STATES[NoticeState(notice.state)]
    way = CHANNELS.get(sent.channel, sent.channel)
    return SheetLine(_when(notice, notice_title(notice, visit)), str(way), look, str(words))


def _when(notice: Notice, title: str) -> str:
    if notice.sent_at is not None:
        when = date_time(notice.sent_at)
        return str(_("“%(title)s” went out on %(when)s.", title=title, when=when))
    when = date_time(notice.due_at)
    if NoticeState(notice.state) in {NoticeState.OWED, NoticeState.SENDING}:
        return str(_("“%(title)s” goes out on %(when)s.", title=title, when=when))
    return str(_("“%(title)s” was due on %(when)s.", title=title, when=when))
