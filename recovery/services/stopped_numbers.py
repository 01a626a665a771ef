"""Numbers whose owner said STOP: honoured wherever they stand, and kept as hashes with a key."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from recovery.services.audit import audit_keys
from recovery.store.addresses import TextStop
from recovery.store.database import db

#: Goes into each hash, so that it is good for nothing else.
PURPOSE: Final = "a number that said STOP"


def stopped_among(numbers: Iterable[str]) -> set[str]:
    """Return those of these numbers (E.164) whose owner said STOP, under whichever of our keys."""
    hashes = {one: number for number in set(numbers) for one in _hashes(number)}
    if not hashes:
        return set()
    found = db.session.scalars(select(TextStop.number_hash).where(TextStop.number_hash.in_(hashes)))
    return {hashes[one] for one in found}


def keep_stop(number: str, now: datetime) -> None:
    """Text this number no more from this commit on; the first STOP counts. Does not commit."""
    if stopped_among([number]):
        return
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    row = insert(TextStop).values(number_hash=_hashes(number)[0], stopped_at=now)
    db.session.execute(row.on_conflict_do_nothing())


def forget_stop(number: str) -> None:
    """Let a number be texted again. Does not commit."""
    db.session.execute(delete(TextStop).where(TextStop.number_hash.in_(_hashes(number))))


def _hashes(number: str) -> list[str]:
    return audit_keys().hidden(PURPOSE, number)
