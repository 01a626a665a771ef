"""What is asked of a driver, backup or companion, word for word as their page shows it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from recovery.domain.notices.says import pickup_at
from recovery.domain.ride import Role
from recovery.services.facts import facts_of
from recovery.services.notice_words import first_name
from recovery.store.database import db
from recovery.store.rides import Promise, Ride


@dataclass(frozen=True, slots=True)
class Asking:
    """Everything that a yes is a yes to. Times are aware UTC; `pickup` is an expected time."""

    language: str
    protocol_version_id: int
    lines: tuple[str, ...]
    start: datetime
    pickup: datetime
    where: str

    @property
    def mark(self) -> str:
        """A short mark that is another as soon as anything here is: a page that was opened before
        the visit moved cannot say yes to the new time."""
        said = json.dumps(
            [
                self.language,
                self.protocol_version_id,
                self.lines,
                self.start.isoformat(),
                self.pickup.isoformat(),
                self.where,
            ]
        )
        return sha256(said.encode()).hexdigest()[:32]


def asking_of(ride: Ride, language: str) -> Asking:
    """Return what is asked of whoever is named for this ride, in `language` as far as the
    protocol has it."""
    visit = facts_of([ride.visit])[0]
    protocol = visit.protocol
    spoken = language if language in protocol.languages else protocol.languages[0]
    name = first_name(ride.visit.patient.name)
    with force_locale(spoken):
        if ride.role == Role.COMPANION:
            lines = _of_a_companion(name)
        else:
            lines = [ask.in_language(spoken).format(patient=name) for ask in protocol.driver.asks]
    return Asking(
        language=spoken,
        protocol_version_id=ride.visit.protocol_version_id,
        lines=tuple(lines),
        start=visit.start,
        pickup=pickup_at(visit),
        where=ride.visit.clinic.address,
    )


def keep_promise(ride: Ride, asking: Asking, now: datetime) -> None:
    """Keep what somebody just said yes to. Does not commit."""
    db.session.add(
        Promise(
            ride_id=ride.id,
            at=now,
            language=asking.language,
            protocol_version_id=asking.protocol_version_id,
            lines=list(asking.lines),
            start_at=asking.start,
            pickup_at=asking.pickup,
        )
    )


def promises_of(rides: Iterable[Ride]) -> Mapping[int, Promise]:
    """Return by ride id what each person last said yes to; nothing for a yes from before this
    was kept."""
    ids = [ride.id for ride in rides]
    rows = db.session.scalars(select(Promise).where(Promise.ride_id.in_(ids)).order_by(Promise.id))
    return {promise.ride_id: promise for promise in rows}


def _of_a_companion(name: str) -> list[str]:
    return [
        _("You are 18 or over."),
        _("You stay near %(name)s that evening and night.", name=name),
        _("No alcohol or drugs then."),
        _("You answer your phone."),
        _("You keep %(name)s from driving.", name=name),
    ]
