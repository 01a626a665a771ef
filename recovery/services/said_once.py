"""The one door for what a phone sends and may send again: it is recorded exactly once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from recovery.services.refusals import Conflict, Refused, sentence
from recovery.store.database import db
from recovery.store.said import Said
from recovery.store.visits import Visit

KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Sending:
    """One answer on its way in.

    `key` is made by the page that was answered: the same key is the same answer, however often
    it arrives. `said_at` is when it was given (aware, see `domain.said`).
    """

    key: str
    said_at: datetime


class OtherWords(Conflict):
    """Something else was said under the same key before; `before` is what and when."""

    def __init__(self, before: Said) -> None:
        super().__init__(sentence("Other answers were sent before. Please look at both."))
        self.before = before


def outcome_before(
    visit: Visit, sending: Sending, what: str, body: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the outcome of the same answer that came before; None when this is the first.

    Call it with the visit locked, so that two tabs wait for each other. Raises `OtherWords`
    when the key was used for anything else, `Refused` when it is no key.
    """
    if not KEY.fullmatch(sending.key):
        raise Refused("We could not read this answer. Please open the page again.")
    before = db.session.scalars(
        select(Said).where(Said.patient_id == visit.patient_id, Said.key == sending.key)
    ).first()
    if before is None:
        return None
    if (before.visit_id, before.what, before.body) != (visit.id, what, dict(body)):
        raise OtherWords(before)
    return before.outcome


def keep_said(
    visit: Visit,
    sending: Sending,
    what: str,
    body: Mapping[str, Any],
    outcome: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep what was said with what came of it, in the transaction that acts on it."""
    db.session.add(
        Said(
            patient_id=visit.patient_id,
            visit_id=visit.id,
            key=sending.key,
            what=what,
            body=dict(body),
            outcome=dict(outcome),
            said_at=sending.said_at,
            at=now,
        )
    )
