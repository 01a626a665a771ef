"""What a phone sends, now or from its queue: read at one door, echoed when it is recorded."""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from flask import Response, abort, jsonify, make_response, redirect, request

from recovery import clock
from recovery.domain.said import when_said
from recovery.services.refusals import Refused, sentence
from recovery.services.said_once import Sending
from recovery.web.access import patient
from recovery.web.patient_pages import whose

NOT_READ = sentence("We could not read this answer. Please open the page again.")
#: Fields of a form that are no answers.
FRAME: Final = frozenset({"csrf_token", "key", "occasion", "visit", "given_at"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """One sending: `about` holds the form's own fields (`occasion`, `visit`), "" when absent."""

    sending: Sending
    answers: dict[str, str]
    about: dict[str, str]


def arrived() -> Arrived:
    """Read the request's form, or the JSON that scripts send from the phone's queue.

    A form without scripts is said as it arrives, and one without a key is always a new one.
    Refuses what another person left on this phone (403), and what cannot be read (422).
    """
    return _from_json(request.get_json()) if request.is_json else _from_form()


def echo(read: Arrived, address: str, *, again: bool = False) -> Response:
    """Say that it is recorded; call it after the commit only.

    Scripts get the key back: the phone keeps an answer until it sees its key.
    """
    if request.is_json:
        return make_response(
            jsonify({"key": read.sending.key, "again": again, "next": address}),
        )
    return make_response(redirect(address, 303))


def _from_form() -> Arrived:
    form = request.form
    return Arrived(
        Sending(form.get("key") or token_hex(16), clock.now()),
        {name: value for name, value in form.items() if name not in FRAME},
        {name: form.get(name, "") for name in ("occasion", "visit")},
    )


def _from_json(body: Any) -> Arrived:
    answers = body.get("answers") if isinstance(body, dict) else None
    if not isinstance(answers, dict) or not all(isinstance(v, str) for v in answers.values()):
        raise Refused(NOT_READ)
    own = whose(patient().id)
    if body.get("whose", own) != own:
        abort(403)
    times = [_moment(body.get(name)) for name in ("said_at", "sent_at", "given_at")]
    return Arrived(
        Sending(str(body.get("key", "")), when_said(clock.now(), *times)),
        answers,
        {name: str(body.get(name, "")) for name in ("occasion", "visit")},
    )


def _moment(words: object) -> datetime | None:
    """Read a time as UTC; without a zone it says nothing."""
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(str(words))
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as unreadable:
        raise Refused(NOT_READ) from unreadable
