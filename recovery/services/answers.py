"""The answers about one visit that still count."""

from sqlalchemy import select

from recovery.domain.preparing import still_answered
from recovery.domain.visit import VisitFacts
from recovery.store.database import db
from recovery.store.visits import Answer


def answers_that_count(visit: VisitFacts) -> list[Answer]:
    """Return the newest answer to each question, by patient or staff.

    Without those about the last day that were given before it, for the time the visit had then.
    """
    rows = db.session.scalars(select(Answer).where(Answer.visit_id == visit.id)).all()
    counting = set(still_answered(((row.question, row.said_at or row.at) for row in rows), visit))
    return [row for row in rows if row.question in counting]
