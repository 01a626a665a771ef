"""What staff typed, read into values; what cannot be read is named beside its field."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from recovery.domain.times import instant_at
from recovery.services.refusals import Refused

LARGEST_NUMBER: Final = 10_000.0


def typed(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as a `datetime-local` field holds it; "" for None."""
    local = moment.astimezone(zone) if moment else None
    return local.strftime("%Y-%m-%dT%H:%M") if local else ""


class Unreadable(Refused):
    """Some field could not be read; the entry's `errors` say which."""


class Entry:
    """One form as it was sent. `errors` (field → sentence) grows with each failed reading."""

    def __init__(self, form: MultiDict[str, str], zone: ZoneInfo) -> None:
        self.form, self.zone = form, zone
        self.errors: dict[str, str] = {}

    def text(self, field: str) -> str:
        """Return a field as it was typed, without the space around it."""
        return self.form.get(field, "").strip()

    def ticked(self, field: str) -> bool:
        """Whether a box was ticked, or “yes” chosen."""
        return self.form.get(field) == "yes"

    def chosen(self, field: str) -> frozenset[str]:
        """Return every value that was chosen under one name."""
        return frozenset(self.form.getlist(field))

    def must_day(self, field: str) -> date:
        """Return a date, or raise `Unreadable`."""
        try:
            return date.fromisoformat(self.text(field))
        except ValueError:
            self.errors[field] = _("Please enter a date.")
            raise Unreadable(self.errors[field], field) from None

    def moment(self, field: str, *, needed: bool = True) -> datetime | None:
        """Return a date and time of the clinic's clock as UTC; None when empty or unreadable.

        An empty field is an error only when `needed`.
        """
        words = self.text(field)
        if not words and not needed:
            return None
        try:
            local = datetime.fromisoformat(words)
        except ValueError:
            local = None
        if local is None or local.tzinfo is not None or not 1900 < local.year < 3000:
            self.errors[field] = _("Please enter a date and a time.")
            return None
        return instant_at(local.date(), local.time(), self.zone)

    def must_moment(self, field: str) -> datetime:
        """Return a date and time as `moment` does, or raise `Unreadable`."""
        moment = self.moment(field)
        if moment is None:
            raise Unreadable(self.errors[field], field)
        return moment

    def moment_or(self, field: str, now: datetime) -> datetime:
        """Return a date and time, or `now` for an empty field; unreadable ones raise."""
        return self.must_moment(field) if self.text(field) else now

    def check(self) -> None:
        """Raise `Unreadable` when any reading so far failed."""
        for field, sentence in self.errors.items():
            raise Unreadable(sentence, field)

    def number(self, field: str) -> float | None:
        """Return a number; None when empty, and with an error when unreadable."""
        words = self.text(field).replace(",", ".")
        if not words:
            return None
        try:
            value = float(words)
        except ValueError:
            value = LARGEST_NUMBER
        if not 0 <= value < LARGEST_NUMBER:
            self.errors[field] = _("Please enter a number.")
            return None
        return value

    def must_number(self, field: str) -> float:
        """Return a number, or raise `Unreadable`."""
        value = self.number(field)
        if value is None:
            sentence = self.errors.setdefault(field, _("Please enter a number."))
            raise Unreadable(sentence, field)
        return value

    def refused(self, refusal: Refused) -> None:
        """Take a service's no as an error of its field."""
        if not isinstance(refusal, Unreadable):
            self.errors[refusal.field] = _(refusal.sentence)
