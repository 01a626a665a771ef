"""A patient's phone in a few words: whether notices reach it, and if not, why."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from recovery.domain.notice import NoticeState
from recovery.services.devices import phones_of
from recovery.services.silent_phones import silent_phones_of
from recovery.services.trial import Trial, TriedPhone
from recovery.store.devices import Device
from recovery.store.patients import Patient
from recovery.web.times import clock_time

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


def phone_lines(patient: Patient, now: datetime) -> list[dict[str, Any]]:
    """Return a line for each phone that a patient has, or had."""
    silent = silent_phones_of(patient, now)
    return [_phone_line(device, device.id in silent) for device in phones_of(patient)]


def _phone_line(device: Device, silent: bool) -> dict[str, Any]:
    """Return what the patient's page shows of one phone; `silent`: it took notices lately and
    proved none of them."""
    look, words = ENDED.get(device.retired_why, NO_LONGER)
    if device.retired_at is None:
        look, words = ("good", _l("Notices are on"))
        if silent:
            look, words = ("wait", _l("Takes notices, shows none lately: send a test"))
    return {
        "works": device.retired_at is None,
        "name": device.label or str(_l("A phone")),
        "look": look,
        "words": words,
        "since": device.retired_at or device.created_at,
        "proved_at": device.last_receipt_at,
    }


def trial_lines(trial: Trial, now: datetime) -> list[dict[str, Any]]:
    """Return what staff read of a test: one line a phone, or one that says why there is none."""
    waits = now < trial.notice.not_after
    if not trial.phones:
        lost = trial.notice.state in {NoticeState.MISSED, NoticeState.FAILED} or not waits
        line = ("alarm", _("It could not be sent")) if lost else ("wait", _("It is being sent"))
        return [{"name": "", "look": line[0], "words": line[1]}]
    return [_tried(phone, waits) for phone in trial.phones]


def trial_waits(trial: Trial, now: datetime) -> bool:
    """Whether something may still become of a test: a phone has not shown it, and is not gone."""
    open_ones = [one for one in trial.phones if one.proved_at is None and one.outcome != "gone"]
    return now < trial.notice.not_after and (bool(open_ones) or not trial.phones)


def trial_mark(lines: Sequence[dict[str, Any]]) -> str:
    """Return a mark that changes when anything does that staff read of a test."""
    words = [(line["name"], line["look"], str(line["words"])) for line in lines]
    return sha256(repr(words).encode()).hexdigest()[:16]


def _tried(phone: TriedPhone, waits: bool) -> dict[str, Any]:
    if phone.proved_at is not None:
        look, words = "good", _("Shown at %(when)s", when=clock_time(phone.proved_at))
    elif phone.outcome == "gone":
        look, words = "alarm", str(ENDED["gone"][1])
    elif waits:
        look, words = "wait", _("Not shown yet. Ask the patient to look at the phone.")
    else:
        look, words = "alarm", _("Not shown. Ask the patient to open Homeward on this phone.")
    return {"name": phone.label or _("A phone"), "look": look, "words": words}
