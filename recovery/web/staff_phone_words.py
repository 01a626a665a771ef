"""A patient's phone in a few words: whether notices reach it, and if not, why."""

from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from recovery.store.devices import Device

#: Why a phone no longer gets notices, by the word that its row keeps.
ENDED: Final[dict[str, tuple[str, LazyString]]] = {
    "blocked": ("wait", _l("Blocked on the phone: ask the patient to allow notices again")),
    "gone": ("wait", _l("The phone can no longer be reached: ask the patient to open Homeward")),
    "not-wanted": ("wait", _l("Turned off by the patient")),
    "replaced": ("plain", _l("Replaced by a newer one on the same phone")),
    "signed-out": ("plain", _l("Signed out")),
    "taken-over": ("plain", _l("Now somebody else’s phone")),
}
NO_LONGER: Final = ("plain", _l("No longer in use"))


def phone_line(device: Device) -> dict[str, Any]:
    """Return what the patient's page shows of one phone."""
    look, words = ENDED.get(device.retired_why, NO_LONGER)
    if device.retired_at is None:
        look, words = ("good", _l("Notices are on"))
    return {
        "name": device.label or str(_l("A phone")),
        "look": look,
        "words": words,
        "since": device.retired_at or device.created_at,
        "proved_at": device.last_receipt_at,
    }
