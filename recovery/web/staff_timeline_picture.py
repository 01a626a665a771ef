"""The drawing of a visit's notices in words: what each mark means, and what each line says."""

from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.services.timeline import Timeline
from recovery.store.visits import Visit
from recovery.web.staff_timeline_words import AUDIENCES, RUNGS, notice_title
from recovery.web.timeline_drawing import Mark, line_of, scale
from recovery.web.times import clock_time

#: The shapes, in the order in which things happen to a notice.
MARKS: Final[dict[str, LazyString]] = {
    "owed": _l("owed"),
    "tried": _l("tried"),
    "accepted": _l("accepted"),
    "shown": _l("shown"),
    "opened": _l("opened"),
    "confirmed": _l("read and confirmed"),
    "refused": _l("failed or missed"),
    "withdrawn": _l("taken back"),
    "ahead": _l("who is told next"),
}
#: A notice that is lost has the shape of one that was refused.
SAME: Final = {"lost": "refused"}


def timeline_picture(found: Timeline, visit: Visit, now: datetime) -> dict[str, Any]:
    """Return what the template of the drawing needs; each line leads to its notice's own card."""
    return {
        "scale": scale(),
        "legend": list(MARKS.items()),
        "span": _span,
        "named": mark_words,
        "lines": [
            {
                "id": told.notice.id,
                "at": told.notice.due_at,
                "title": notice_title(told.notice, visit),
                "to": AUDIENCES.get(told.notice.role, told.notice.role),
                "line": (line := line_of(told, now)),
                "said": ", ".join(mark_words(mark) for mark in line.marks),
            }
            for told in found.told
        ],
    }


def mark_words(mark: Mark) -> str:
    """Say what one mark is, and when: "shown 9:01 AM", "staff 9:20 AM"."""
    what = RUNGS[mark.rung] if mark.rung is not None else MARKS[SAME.get(mark.what, mark.what)]
    return f"{what} {clock_time(mark.at)}"


def _span(length: timedelta) -> str:
    """Say a span of the scale as shortly as can be."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 60:
        return str(_("%(count)s min", count=minutes))
    return str(_("%(count)s h", count=minutes // 60))
