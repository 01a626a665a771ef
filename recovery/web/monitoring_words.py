"""The monitoring form in words: to fill in on a visit's page, and as it is printed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import g
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.monitoring import Noted, unnoted
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.day import Stay
from recovery.domain.protocol.monitoring import DOSE, SERIOUS, Effect, MonitoringForm
from recovery.domain.protocol.timing import Anchor
from recovery.services.observing import SINCE_THE_DOSE, Line, lines_of, newest
from recovery.store.visits import Visit
from recovery.web.staff_entry import Entry, typed
from recovery.web.times import clock_time, date_time, day

#: The field that says which line a page showed last.
SHOWN: Final = "shown"
OTHER: Final = "other"
ITEMS: Final[Mapping[str, LazyString]] = {
    DOSE: _l("Dose"),
    Effect.SEDATION: _l("Sedation"),
    Effect.DISSOCIATION: _l("Dissociation"),
    Effect.BREATHING: _l("Respiratory depression"),
    SERIOUS: _l("Serious event"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the printed form: what counts ("" = nothing), and who wrote what before."""

    name: str
    words: str
    by: str = ""
    earlier: tuple[str, ...] = ()


def form_card(visit: Visit, protocol: Protocol, entry: Entry) -> dict[str, Any] | None:
    """Return what the form on a visit's page shows; None where there is none.

    A field keeps what was typed into it and otherwise shows what counts now, so that nobody who
    is told of a colleague's line writes an older one over it.
    """
    form, lines = protocol.monitoring_form, lines_of(visit.id)
    if not form.items or visit.state not in SINCE_THE_DOSE:
        return None
    before = fields_of([line for line in lines if line.id <= shown_in(entry)], form)
    fields = fields_of(lines, form)
    for name in fields:
        if name in entry.form and entry.text(name) != before[name]:
            fields[name] = entry.text(name)
    return {
        "form": form,
        "fields": fields,
        "doses": [*((f"{mg:g}", dose_words(mg)) for mg in form.doses), (OTHER, _("Another dose"))],
        "effects": [(effect.value, str(ITEMS[effect])) for effect in form.effects],
        "missing": missing_words(form, lines),
        "shown": lines[-1].id if lines else 0,
        "written": [(_written(line), line.at) for line in reversed(lines)],
    }


def shown_in(entry: Entry) -> int:
    """Return the newest line that a page had; 0 where it says none."""
    words = entry.text(SHOWN)
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else 0


def fields_of(lines: Sequence[Line], form: MonitoringForm) -> dict[str, str]:
    """Return each field of the form as a browser holds it."""
    noted = {item: line.noted for item, line in newest(lines).items()}
    usual = {f"{mg:g}" for mg in form.doses}
    fields: dict[str, str] = {}
    for item in form.items:
        one = noted.get(item, Noted())
        if item == DOSE:
            mg = f"{one.mg:g}" if one.mg is not None else ""
            fields[item] = mg if mg in usual or not mg else OTHER
            fields[f"{item}-other"] = "" if mg in usual else mg
            continue
        fields[item] = {None: "", True: "yes", False: "no"}[one.seen]
        if item == SERIOUS:
            fields[f"{item}-words"] = one.words
        else:
            fields[f"{item}-since"] = typed(one.since, g.zone)
            fields[f"{item}-over"] = typed(one.over, g.zone)
    return fields


def missing_words(form: MonitoringForm, lines: Sequence[Line]) -> list[str]:
    """Name what nobody has entered yet."""
    noted = {item: line.noted for item, line in newest(lines).items()}
    return [
        str(ITEMS[item] if item not in noted else _("%(what)s: until when", what=ITEMS[item]))
        for item in unnoted(form, noted)
    ]


def form_on_paper(form: MonitoringForm, lines: Sequence[Line]) -> Iterator[Row]:
    """Yield the lines of the printed form."""
    for item in form.items:
        own = [line for line in lines if line.item == item]
        name = str(ITEMS[item])
        if not own:
            yield Row(name, "")
            continue
        earlier = tuple(_("Before: %(words)s", words=_and_who(line)) for line in own[-2::-1])
        yield Row(name, noted_words(own[-1].noted), _who(own[-1]), earlier)


def noted_words(noted: Noted) -> str:
    """Say one item as it was written down."""
    if noted.mg is not None:
        return dose_words(noted.mg)
    if not noted.seen:
        return str(_("none"))
    if noted.since is None:
        return str(_("yes: %(words)s", words=noted.words))
    since = date_time(noted.since)
    if noted.over is None:
        return str(_("yes, since %(since)s, no end entered", since=since))
    same = day(noted.since) == day(noted.over)
    over = clock_time(noted.over) if same else date_time(noted.over)
    return str(_("yes, since %(since)s, until %(over)s", since=since, over=over))


def dose_words(mg: float) -> str:
    """Say a dose: "56 mg"."""
    return str(_("%(dose)s mg", dose=f"{mg:g}"))


def watched_words(started: datetime | None, until: datetime | None, rule: Stay) -> str:
    """Say how long the patient was watched after the dose, and whether the rule asks for more."""
    if started is None or until is None:
        return ""
    minutes, least = (int(t.total_seconds() // 60) for t in (until - started, rule.minimum))
    if rule.after is not Anchor.STARTED:
        return str(_("%(minutes)s minutes", minutes=minutes))
    if minutes < least:
        return str(
            _(
                "%(minutes)s minutes: less than the %(least)s asked for",
                minutes=minutes,
                least=least,
            )
        )
    return str(_("%(minutes)s minutes, %(least)s asked for", minutes=minutes, least=least))


def _written(line: Line) -> str:
    return f"{ITEMS[line.item]}: {noted_words(line.noted)}. {line.who}"


def _who(line: Line) -> str:
    return str(_("%(who)s, %(when)s", who=line.who, when=date_time(line.at)))


def _and_who(line: Line) -> str:
    return f"{noted_words(line.noted)} ({_who(line)})"
