"""Sign-ins: a row for each signed-in browser, so that ending it ends it at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from recovery.services.refusals import TooManyTries
from recovery.store.database import db, reading
from recovery.store.sign_ins import Face, SignIn, Throttle

#: How long a row may lag behind the last request (writes are kept off most page loads).
SEEN_EVERY = timedelta(minutes=5)


def hashed(token: str) -> str:
    """Return what the database keeps of a link or sign-in token."""
    return sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Return a token of 256 random bits for a link or a cookie."""
    return token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a sign-in lives unused, and at most."""

    idle: timedelta
    absolute: timedelta


def begin(
    face: Face, clinic_id: int, subject_id: int, label: str, lives: Lifetimes, now: datetime
) -> str:
    """Sign a browser in and return the token for its cookie. Does not commit."""
    token = new_token()
    db.session.add(
        SignIn(
            clinic_id=clinic_id,
            face=face.value,
            subject_id=subject_id,
            token_hash=hashed(token),
            label=label[:80],
            created_at=now,
            seen_at=now,
            idle_ends_at=now + lives.idle,
            ends_at=now + lives.absolute,
        )
    )
    db.session.flush()
    return token


def find(face: Face, token: str, now: datetime) -> SignIn | None:
    """Return the live sign-in of a cookie, or None when it ended, idled out or never was."""
    found = db.session.scalars(
        select(SignIn).where(SignIn.token_hash == hashed(token), SignIn.face == face.value)
    ).first()
    if found is None or found.ended_at is not None:
        return None
    return found if now < min(found.idle_ends_at, found.ends_at) else None


def keep_alive(sign_in: SignIn, idle: timedelta, now: datetime) -> None:
    """Move the idle end of a sign-in that is in use, at most every five minutes; commits."""
    if now - sign_in.seen_at < min(SEEN_EVERY, idle / 4):
        return
    db.session.commit()
    with reading(False):
        sign_in.seen_at, sign_in.idle_ends_at = now, now + idle
        db.session.commit()


def end(sign_in_id: int, now: datetime) -> None:
    """Sign one browser out. Does not commit."""
    db.session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_all(face: Face, subject_id: int, now: datetime) -> None:
    """Sign a person out everywhere (password change, disabling, account end). Does not commit."""
    db.session.execute(
        update(SignIn)
        .where(
            SignIn.face == face.value, SignIn.subject_id == subject_id, SignIn.ended_at.is_(None)
        )
        .values(ended_at=now)
    )


def count_try(key: str, limit: int, window: timedelta, now: datetime) -> None:
    """Count one try under `key`, across processes and restarts; commits.

    Raises `TooManyTries` when more than `limit` were made within `window`. Count before
    checking what was entered, so that a crash in between cannot give free tries.
    """
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    fresh = Throttle.resets_at <= now
    tries = db.session.execute(
        insert(Throttle)
        .values(key=hashed(key), tries=1, resets_at=now + window)
        .on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "tries": case((fresh, 1), else_=Throttle.tries + 1),
                "resets_at": case((fresh, now + window), else_=Throttle.resets_at),
            },
        )
        .returning(Throttle.tries)
    ).scalar_one()
    db.session.commit()
    if tries > limit:
        raise TooManyTries("Too many tries. Please wait a while, or call the clinic.")


def forget_tries(key: str) -> None:
    """Forget the count under `key` after a success. Does not commit."""
    db.session.execute(delete(Throttle).where(Throttle.key == hashed(key)))
