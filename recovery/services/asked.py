"""A notice that no protocol owes: a person asked for it with a tap."""

from datetime import datetime, timedelta

from recovery.domain.protocol.after import Audience
from recovery.services.sign_in import hashed
from recovery.store.notices import Notice
from recovery.store.visits import Visit


def asked_for(
    kind: str, visit: Visit, to: tuple[Audience, int], useful_for: timedelta, now: datetime
) -> Notice:
    """Return the row of a notice that is due at once (UTC) and says nothing after `useful_for`.

    `to`: whom, and their id. One kind to one person about one visit replaces the one before it on
    a phone. It is routine, so it waits for the morning where it has to climb.
    """
    role, recipient_id = to
    occasion = now.isoformat()
    return Notice(
        clinic_id=visit.clinic_id,
        visit_id=visit.id,
        kind=kind,
        occasion=occasion,
        role=role.value,
        recipient_id=recipient_id,
        parts=[{"visit_id": visit.id, "kind": kind, "occasion": occasion, "says": {}}],
        safety=False,
        no_driving=False,
        due_at=now,
        not_after=now + useful_for,
        next_at=now,
        topic=hashed(f"{visit.id}/{kind}/{role}/{recipient_id}")[:32],
        created_at=now,
    )
