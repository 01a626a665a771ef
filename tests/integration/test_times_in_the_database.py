"""Points in time survive the database: aware in, the same moment out, aware."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from recovery.store.database import UtcDateTime, db

times = Table(
    "times", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime)
)


@pytest.fixture(autouse=True)
def _table(app: Flask) -> None:
    with app.app_context():
        times.metadata.create_all(db.engine)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 8, 1, 59, 59, 999999, tzinfo=ZoneInfo("America/New_York")),
        datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York")),
        datetime(2026, 10, 4, 2, 15, tzinfo=ZoneInfo("Australia/Lord_Howe")),
        datetime(2028, 2, 29, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(app: Flask, moment: datetime) -> None:
    with app.app_context():
        db.session.execute(insert(times).values(id=1, at=moment))
        db.session.commit()
        stored = db.session.scalar(select(times.c.at))
    assert stored == moment.astimezone(UTC)
    assert stored is not None
    assert stored.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(StatementError, match="without a zone"):
        db.session.execute(insert(times).values(id=1, at=datetime(2026, 3, 8)))  # noqa: DTZ001


def test_moments_sort_by_time_whatever_zone_they_came_in(app: Flask) -> None:
    later = datetime(2026, 3, 8, 9, 0, 0, 1, tzinfo=ZoneInfo("America/New_York"))
    earlier = datetime(2026, 3, 8, 13, 0, tzinfo=UTC)
    with app.app_context():
        db.session.execute(insert(times), [{"id": 1, "at": later}, {"id": 2, "at": earlier}])
        db.session.commit()
        assert list(db.session.scalars(select(times.c.id).order_by(times.c.at))) == [2, 1]
