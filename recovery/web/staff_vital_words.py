"""Vital signs in words: the protocol's limits beside a field, and what was measured beyond them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from flask_babel import gettext as _

from recovery.domain.gate import Flag, limits_met
from recovery.domain.monitoring import Measured
from recovery.domain.protocol.day import Limit, Measure
from recovery.domain.protocol.questions import FlagLevel
from recovery.domain.visit import VisitFacts
from recovery.web.staff_words import MEASURES, flag_words

Status = tuple[str, str]


def limits_words(flags: Iterable[Flag]) -> list[Status]:
    """Say which limits are met, each sentence once: both numbers of a pressure share theirs."""
    looks = {FlagLevel.HOLD: "alarm", FlagLevel.REVIEW: "wait"}
    said: dict[str, str] = {}
    for flag in flags:
        said.setdefault(flag_words(flag), looks[flag.level])
    return [(look, words) for words, look in said.items()]


def limit_hints(limits: Sequence[Limit]) -> dict[str, str]:
    """Say beside each field from where on its number needs somebody: measure → words."""
    found: dict[str, list[str]] = {}
    for limit in sorted(limits, key=lambda one: one.flag is FlagLevel.HOLD):
        found.setdefault(limit.measure.value, []).append(_bound(limit))
    return {measure: " ".join(words) for measure, words in found.items()}


def measured_lines(
    visit: VisitFacts, measured: Sequence[Measured]
) -> list[tuple[datetime, str, list[Status]]]:
    """Return what was measured since the start: when (UTC), the numbers, the limits they meet."""
    return [
        (one.at, values_words(one), limits_words(_met(visit, one)))
        for one in measured
        if visit.started_at is not None and one.at > visit.started_at
    ]


def values_words(one: Measured) -> str:
    """Say all that was measured at one moment, a pressure as one value."""
    values = dict(one.values)
    words = []
    if Measure.SYSTOLIC in values and Measure.DIASTOLIC in values:
        words.append(pressure_words(one))
        del values[Measure.SYSTOLIC], values[Measure.DIASTOLIC]
    words += [f"{MEASURES[Measure(name)]}: {value:g}" for name, value in values.items()]
    return "; ".join(words)


def pressure_words(one: Measured) -> str:
    """Say a blood pressure; a lower one that was not taken is “?”."""
    lower = one.values.get(Measure.DIASTOLIC)
    value = f"{one.values[Measure.SYSTOLIC]:g}/{f'{lower:g}' if lower is not None else '?'}"
    return str(_("Blood pressure %(value)s mmHg", value=value))


def _met(visit: VisitFacts, one: Measured) -> Iterator[Flag]:
    values = {Measure(name): value for name, value in one.values.items()}
    return limits_met(visit.protocol.gate.vitals, values)


def _bound(limit: Limit) -> str:
    hold = limit.flag is FlagLevel.HOLD
    if limit.at_or_above is not None:
        words = _("Hold from %(bound)s.") if hold else _("Review from %(bound)s.")
        return str(words % {"bound": f"{limit.at_or_above:g}"})
    words = _("Hold below %(bound)s.") if hold else _("Review below %(bound)s.")
    return str(words % {"bound": f"{limit.below:g}"})
