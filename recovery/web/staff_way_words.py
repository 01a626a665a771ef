"""How a patient is reached when notices do not work, in the words of staff."""

from typing import Any

from flask_babel import gettext as _

from recovery.services.own_addresses import OwnAddress
from recovery.store.addresses import Channel
from recovery.web.telephone import telephone


def way_line(way: OwnAddress) -> dict[str, Any]:
    """Return what the patient's page shows of one channel: its name, address and state."""
    by_text = way.channel is Channel.TEXT
    if way.stopped:
        look, words = "alarm", _("Answered STOP")
    elif way.proved:
        look, words = "good", _("Proved by the patient")
    elif way.waits:
        look, words = "wait", _("Waiting for the code")
    else:
        look, words = "plain", _("Not chosen by the patient")
    return {
        "name": _("Text messages") if by_text else _("E-mail"),
        "to": telephone(way.to) if by_text else way.to,
        "look": look,
        "words": words,
    }
