"""The monitoring form of a visit, filled in line by line."""

from flask import Response
from flask_babel import gettext as _

from recovery.domain.monitoring import Noted
from recovery.domain.protocol.monitoring import DOSE, SERIOUS, Effect
from recovery.domain.rights import Right
from recovery.services.observing import observe
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.monitoring_words import OTHER, shown_in
from recovery.web.staff_entry import Entry
from recovery.web.staff_pages import staff_pages
from recovery.web.staff_visit import act

pages = staff_pages("staff_monitoring")


@pages.post("/visits/<int:visit_id>/monitoring")
@open_to(Face.STAFF, Right.TREAT)
def write(visit_id: int) -> Response:
    """Keep what was given and seen; what was written before stays readable."""
    return act(
        visit_id,
        lambda entry, now: observe(staff(), visit_id, _written(entry), shown_in(entry), now),
    )


def _written(entry: Entry) -> dict[str, Noted]:
    """Return the items of the form that somebody filled in."""
    found = {item: noted for item, noted in _items(entry).items() if noted != Noted()}
    entry.check()
    return found


def _items(entry: Entry) -> dict[str, Noted]:
    items = {DOSE: Noted(mg=_dose(entry))}
    for effect in Effect:
        since = entry.moment(f"{effect}-since", needed=False)
        over = entry.moment(f"{effect}-over", needed=False)
        items[effect.value] = Noted(seen=_seen(entry, effect), since=since, over=over)
    words = entry.text(f"{SERIOUS}-words")
    items[SERIOUS] = Noted(seen=_seen(entry, SERIOUS), words=words)
    return items


def _dose(entry: Entry) -> float | None:
    """Return the dose in mg; a number beside a usual dose that is chosen would be two doses."""
    other, chosen = f"{DOSE}-other", entry.text(DOSE)
    if chosen not in {"", OTHER}:
        if entry.text(other):
            entry.errors[other] = _("Choose “Another dose”, or leave this empty.")
        return entry.number(DOSE)
    number = entry.number(other)
    if chosen == OTHER and number is None:
        entry.errors.setdefault(other, _("Please enter a number."))
    return number


def _seen(entry: Entry, item: str) -> bool | None:
    return {"yes": True, "no": False}.get(entry.text(item))
