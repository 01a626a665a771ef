"""Statements about many rows at once, on both databases."""

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.services.attempts import NewAttempt, keep_attempts
from recovery.store.database import db
from recovery.store.many import among
from recovery.store.notices import Attempt, Notice
from tests.builders import a_clinic, a_patient, a_visit
from tests.notices import NOW, notice_row

MANY = 300


@pytest.fixture
def notices(app: Flask) -> list[int]:
    with app.app_context():
        visit = a_visit(a_patient(a_clinic()))
        rows = [notice_row(visit, "rest", str(number)) for number in range(MANY)]
        db.session.add_all(rows)
        db.session.commit()
        return [row.id for row in rows]


def test_each_of_many_attempts_gets_the_number_that_its_row_has(
    app: Flask, notices: list[int]
) -> None:
    attempts = [
        NewAttempt(
            notice_id=notice,
            fence=notice % 7,
            channel="push",
            rung=Rung.OTHER_DEVICES,
            at=NOW,
            receipt_hash=None if notice % 2 else f"hash-{notice}",
        )
        for notice in reversed(notices)
    ]
    with app.app_context():
        numbers = keep_attempts(attempts)
        assert len(set(numbers)) == MANY
        for number, attempt in zip(numbers, attempts, strict=True):
            row = db.session.get_one(Attempt, number)
            kept = {name: getattr(row, name) for name in vars(attempt)}
            assert kept == vars(attempt)
            assert (row.outcome, row.detail, row.ended_at) == ("", "", None)
        assert keep_attempts([]) == ()


def test_among_many_numbers_are_exactly_those(app: Flask, notices: list[int]) -> None:
    with app.app_context():
        wanted = set(notices[::3])
        assert set(db.session.scalars(select(Notice.id).where(among(Notice.id, wanted)))) == wanted
        assert db.session.scalars(select(Notice.id).where(among(Notice.id, set()))).all() == []
