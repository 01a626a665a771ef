"""What the clinic achieves: pictures over weeks or months, the numbers beside them, and as CSV."""

import csv
import io
from datetime import timedelta
from functools import partial
from typing import Final

from babel.dates import format_date
from flask import Response, g, render_template, request
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.achievement import Count, Every, Times, periods
from recovery.domain.rights import Right
from recovery.domain.times import local_day
from recovery.services.achievement import Achieved, achieved, note_export
from recovery.services.ledger import IN_TIME
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.achievement_drawing import HIGH, WIDE, bars_of_counts, bars_of_times, minutes
from recovery.web.language import reader
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_achievement")
#: Periods in one picture.
COUNT: Final = 12
#: From so many cases on a share is told in percent, too.
ENOUGH: Final = 20
COUNTS: Final = ("confirmed", "cancelled", "seen", "answered", "drove")
COLUMNS: Final = (
    "first_day", "last_day",
    *(f"{name}_{part}" for name in COUNTS for part in ("part", "whole")),
    "alerts_responded", "alerts_unanswered", "minutes_median", "minutes_ninetieth",
    "minutes_longest",
)  # fmt: skip


@pages.get("/achievement")
@open_to(Face.STAFF)
def show() -> str:
    """Draw the last twelve weeks, or months with `?every=month`."""
    every = _every(request.args.get("every", ""))
    found = _found(every)
    return render_template(
        "staff/achievement.html",
        every=every.value,
        found=found,
        pictures=_pictures(found),
        told=told,
        told_times=told_times,
        label=partial(
            format_date, format="MMM yy" if every is Every.MONTH else "d\u00a0MMM", locale=reader()
        ),
        high=HIGH,
        wide=WIDE,
        count=COUNT,
    )


@pages.post("/achievement/export")
@open_to(Face.STAFF, Right.EXPORT)
def export() -> Response:
    """Hand out the numbers; a share of nothing is an empty cell."""
    every = _every(request.form.get("every", ""))
    found = _found(every)
    note_export(staff(), clock.now())
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    rows.writerows(_cells(one) for one in found)
    response = Response("\ufeff" + written.getvalue(), mimetype="text/csv")
    name = f"achievement-{every.value}s.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def told(count: Count) -> str:
    """Say a part of a whole; percent only where there is enough to speak of."""
    if count.share is None:
        return str(_("none"))
    words = str(_("%(part)s of %(whole)s", part=count.part, whole=count.whole))
    return (
        f"{words} ({round(100 * count.share)}\N{NO-BREAK SPACE}%)"
        if count.whole >= ENOUGH
        else words
    )


def told_times(times: Times) -> str:
    """Say how long it took; of fewer than ten the longest instead of nine of ten."""
    if times.median is None or times.longest is None:
        words = _("none")
    elif times.ninetieth is not None:
        words = _(
            "half within %(half)s min, 9 of 10 within %(most)s min",
            half=minutes(times.median),
            most=minutes(times.ninetieth),
        )
    elif len(times.took) == 1:
        words = _("one, after %(count)s min", count=minutes(times.longest))
    else:
        words = _(
            "%(count)s: half within %(half)s min, the longest %(most)s min",
            count=len(times.took),
            half=minutes(times.median),
            most=minutes(times.longest),
        )
    if times.unanswered:
        words += "; " + _("not taken yet: %(count)s", count=times.unanswered)
    return str(words)


def _every(words: str) -> Every:
    return Every.MONTH if words == Every.MONTH else Every.WEEK


def _found(every: Every) -> list[Achieved]:
    now = clock.now()
    spans = periods(every, local_day(now, g.zone), COUNT)
    return achieved(staff().clinic, spans, now)


def _pictures(found: list[Achieved]) -> list[dict[str, object]]:
    within = int(IN_TIME.total_seconds()) // 60
    titles = {
        "confirmed": _("Drivers who had said yes by the deadline"),
        "cancelled": _("Visits cancelled while no driver had said yes"),
        "seen": _("Safety notices seen within %(count)s minutes", count=within),
        "answered": _("Check-ins answered"),
        "drove": _("Drove during the wait, of those who answered"),
    }
    pictures = [
        {
            "id": name,
            "title": title,
            "bars": bars_of_counts([getattr(one, name) for one in found]),
            "now": told(getattr(found[-1], name)),
            "before": told(getattr(found[-2], name)),
        }
        for name, title in titles.items()
    ]
    alerts = {
        "id": "alerts",
        "title": _("Minutes until somebody took an alert"),
        "bars": bars_of_times([one.alerts for one in found]),
        "now": told_times(found[-1].alerts),
        "before": told_times(found[-2].alerts),
    }
    return [*pictures, alerts]


def _cells(one: Achieved) -> list[object]:
    counts: list[Count] = [getattr(one, name) for name in COUNTS]
    numbers = [number for count in counts for number in (count.part, count.whole)]
    spans = (one.alerts.median, one.alerts.ninetieth, one.alerts.longest)
    return [
        one.period.first.isoformat(),
        (one.period.until - timedelta(days=1)).isoformat(),
        *numbers,
        len(one.alerts.took),
        one.alerts.unanswered,
        *("" if span is None else minutes(span) for span in spans),
    ]
