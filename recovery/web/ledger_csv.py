"""The ledger of notices as CSV: one line an attempt, in UTC, inert in a spreadsheet.

`attempt_shown_at` and its neighbours are what this phone or link proved; `shown_at` and its
neighbours, when the notice was first seen, by whatever way.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from recovery.services.ledger import Line

COLUMNS: Final = (
    "notice", "visit", "patient", "to", "kind", "occasion", "revision", "safety", "due_at",
    "not_after", "state", "why", "attempt", "channel", "device", "attempted_at", "answered_at",
    "outcome", "detail", "reported", "reported_at", "attempt_shown_at", "attempt_opened_at",
    "attempt_acknowledged_at", "sent_at", "shown_at", "opened_at", "acknowledged_at",
)  # fmt: skip
#: A spreadsheet takes what begins with one of these for a formula and runs it.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(lines: Iterable[Line]) -> Iterator[str]:
    """Write line by line; a spreadsheet is told that it is UTF-8."""
    yield "\ufeff" + _row(COLUMNS)
    for line in lines:
        yield _row(_cells(line))


def _cells(line: Line) -> Iterator[object]:
    notice, attempt = line.notice, line.attempt
    yield from (notice.id, notice.visit_id, line.patient, notice.role, notice.kind)
    yield from (notice.occasion, notice.revision, "yes" if notice.safety else "no")
    yield from (notice.due_at, notice.not_after, notice.state, notice.why)
    if attempt is None:
        yield from [""] * 12
    else:
        yield from (attempt.id, attempt.channel, line.device, attempt.at, attempt.ended_at)
        yield from (attempt.outcome or "unknown", attempt.detail)
        yield from (attempt.reported, attempt.reported_at)
        yield from (line.seen.get(kind) for kind in ("shown", "opened", "acknowledged"))
    yield from (notice.sent_at, notice.shown_at, notice.opened_at, notice.acknowledged_at)


def _row(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_inert(cell) for cell in cells])
    return written.getvalue()


def _inert(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    words = "" if cell is None else str(cell)
    return f"'{words}" if words.startswith(FORMULA) else words
