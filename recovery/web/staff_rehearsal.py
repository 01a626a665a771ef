"""Rehearsal of a protocol, drawn; and two versions side by side."""

import re
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_date
from flask import g, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import TypeAdapter

from recovery import clock
from recovery.domain.ladder import Rung
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.compare import Difference, differences
from recovery.domain.protocol.spans import said_span
from recovery.domain.rehearsal import Rehearsed, nights_of_change, rehearse
from recovery.domain.times import instant_at, local_day
from recovery.services.facts import protocol_of
from recovery.services.protocol_drafts import own_draft, read
from recovery.services.protocols import all_versions, own_version
from recovery.store.clinics import ProtocolVersion
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.language import LANGUAGES, reader
from recovery.web.protocol_words import CHOICES, FIELDS
from recovery.web.rehearsal_drawing import HIGH, rows_of
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_words import marked, protocol_name

pages = staff_pages("staff_rehearsal")
MORNING: Final = time(10)
A_DAY: Final = timedelta(days=1)
#: A span of time as a protocol’s file has it: "P1DT12H".
SPAN: Final = re.compile(r"-?P[\dDTHMS.]+")
A_SPAN: Final = TypeAdapter(timedelta)
RUNGS: Final = {
    Rung.PUSH: _l("push"),
    Rung.OTHER_DEVICES: _l("other phones"),
    Rung.MESSAGE: _l("text or e-mail"),
    Rung.DRIVER: _l("driver"),
    Rung.STAFF: _l("clinic"),
}


@pages.get("/protocols/<int:version_id>/rehearsal")
@open_to(Face.STAFF)
def show(version_id: int) -> str:
    """Draw every notice of a made-up visit; `?with=` puts another version beside it."""
    version = own_version(staff(), version_id)
    return _rehearsal(protocol_of(version), version)


@pages.get("/drafts/<int:draft_id>/rehearsal")
@open_to(Face.STAFF)
def draft(draft_id: int) -> str:
    """Draw what a draft would send."""
    return _rehearsal(read(own_draft(staff(), draft_id)), None)


@pages.get("/protocols/<int:version_id>/with/<int:other_id>")
@open_to(Face.STAFF)
def compare(version_id: int, other_id: int) -> str:
    """Show what two versions say differently, side by side."""
    one, other = own_version(staff(), version_id), own_version(staff(), other_id)
    older, newer = sorted((one, other), key=lambda version: version.version)
    return _comparison(protocol_of(older), protocol_of(newer), older.version, newer.version)


@pages.get("/drafts/<int:draft_id>/changed")
@open_to(Face.STAFF)
def changed(draft_id: int) -> str:
    """Show what a draft says differently from the version it was copied from."""
    row = own_draft(staff(), draft_id)
    before = own_version(staff(), row.version_id)
    return _comparison(protocol_of(before), read(row), before.version, _("Draft"))


def _comparison(before: Protocol, after: Protocol, left: object, right: object) -> str:
    rows = [
        (_way(found), _spoken(found), _said(found.before), _said(found.after))
        for found in differences(before, after)
    ]
    return render_template(
        "staff/protocols/compare.html",
        protocol=after,
        rows=rows,
        left=marked(before, left),
        right=marked(after, right),
    )


def _way(found: Difference) -> str:
    return " › ".join(str(FIELDS.get(step, step)) for step in found.path)


def _spoken(found: Difference) -> str:
    """The language of words that are compared; "" for all else."""
    return found.path[-1] if found.path[-1] in LANGUAGES else ""


def _said(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(FIELDS["yes" if value else "no"])
    if isinstance(value, dict):
        return "; ".join(_said(item) for item in value.values() if item not in (None, [], {}))
    if isinstance(value, list):
        return ", ".join(_said(item) for item in value)
    if isinstance(value, str) and SPAN.fullmatch(value):
        return said_span(A_SPAN.validate_python(value))
    return str(CHOICES.get(value, value)) if isinstance(value, str) else f"{value}"


def _rehearsal(protocol: Protocol, version: ProtocolVersion | None) -> str:
    zone, day, at = _zone(), _day(), _time()
    start = instant_at(day, at, zone)
    driver = request.args.get("driver", "yes") != "no"
    beside = _beside()
    g.zone = zone
    today = local_day(clock.now(), zone)
    return render_template(
        "staff/protocols/rehearsal.html",
        protocol=protocol,
        version=version,
        views=[
            _view(named, one, start, zone, driver)
            for named, one in ((_named(protocol, version), protocol), *beside)
        ],
        zone=zone,
        zones=sorted(available_timezones()),
        day=day,
        at=at.strftime("%H:%M"),
        driver=driver,
        nights=[night - A_DAY for night in nights_of_change(zone, today)],
        others=[
            (row.id, _named(protocol_of(row), row))
            for row in all_versions(staff().clinic_id)
            if row is not version
        ],
        short_day=partial(format_date, format="EEE d MMM", locale=reader()),
        long_day=partial(format_date, format="long", locale=reader()),
        beside=request.args.get("with", ""),
        high=HIGH,
    )


def _named(protocol: Protocol, version: ProtocolVersion | None) -> str:
    """A protocol by its title and version; a draft bears the number of what it was copied from."""
    return protocol_name(protocol, version.version if version else _("Draft"))


def _view(
    title: str, protocol: Protocol, start: datetime, zone: ZoneInfo, driver: bool
) -> dict[str, Any]:
    rehearsed = rehearse(protocol, start, zone, driver=driver)
    return {
        "title": title,
        "rows": rows_of(rehearsed, protocol, start, zone),
        "events": [_event(protocol, one) for one in rehearsed],
    }


def _event(protocol: Protocol, one: Rehearsed) -> dict[str, Any]:
    kind = one.owed.principal.kind
    rule, step = protocol.notice(kind), protocol.preparation.step(kind)
    title = rule.title if rule else step.lock_title if step else None
    spoken = g.get("language", "en")
    words = (title.root.get(spoken) or next(iter(title.root.values()))) if title else kind
    return {
        "at": one.owed.due_at,
        "words": words.format_map(defaultdict(lambda: "…", patient="Rosa")),
        "to": str(CHOICES[one.to.value]),
        "safety": one.owed.safety,
        "rungs": [(str(RUNGS[rung]), at) for rung, at in one.rungs],
    }


def _beside() -> list[tuple[str, Protocol]]:
    chosen = request.args.get("with", "")
    if not chosen.isdecimal() or len(chosen) > 9:
        return []
    version = own_version(staff(), int(chosen))
    return [(_named(protocol_of(version), version), protocol_of(version))]


def _zone() -> ZoneInfo:
    wanted = request.args.get("zone", "")
    own: ZoneInfo = g.zone
    return ZoneInfo(wanted) if wanted in available_timezones() else own


def _day() -> date:
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return local_day(clock.now(), g.zone) + A_DAY
    return day if 2000 < day.year < 2100 else local_day(clock.now(), g.zone) + A_DAY


def _time() -> time:
    try:
        return time.fromisoformat(request.args.get("at", "")).replace(tzinfo=None)
    except ValueError:
        return MORNING
