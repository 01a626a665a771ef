"""Two people write at the same time: the second waits its turn, and nobody is turned away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, update

from recovery.store.database import db, reading
from recovery.web.access import ANYONE, open_to
from tests.builders import a_clinic, a_staff
from tests.visitor import Visitor

counters = Table("counters", MetaData(), Column("taps", Integer, nullable=False))


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """These tests add a page and a table of their own."""
    return fresh_app


@pytest.fixture(autouse=True)
def _table(app: Flask) -> Iterator[None]:
    with app.app_context():
        counters.metadata.create_all(db.engine)
        db.session.execute(insert(counters).values(taps=0))
        db.session.commit()
    yield
    with app.app_context():
        counters.metadata.drop_all(db.engine)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def test_a_second_writer_that_has_read_first_waits_instead_of_failing(
    app: Flask, threads: ThreadPoolExecutor
) -> None:
    holding, go_on = Event(), Event()

    def tap(hold: bool) -> None:
        with app.app_context():
            db.session.scalar(select(counters.c.taps).with_for_update())
            if hold:
                holding.set()
                assert go_on.wait(5)
            db.session.execute(update(counters).values(taps=counters.c.taps + 1))
            db.session.commit()

    first = threads.submit(tap, hold=True)
    assert holding.wait(5)
    second = threads.submit(tap, hold=False)
    assert not second.done()
    go_on.set()
    first.result(5)
    second.result(5)
    with app.app_context():
        assert db.session.scalar(select(counters.c.taps)) == 2


def test_50_taps_at_once_are_all_counted(app: Flask, threads: ThreadPoolExecutor) -> None:
    def tap(_number: int) -> None:
        with app.app_context():
            seen = db.session.scalar(select(counters.c.taps).with_for_update())
            assert seen is not None
            db.session.execute(update(counters).values(taps=seen + 1))
            db.session.commit()

    list(threads.map(tap, range(50)))
    with app.app_context():
        assert db.session.scalar(select(counters.c.taps)) == 50


def test_readers_do_not_wait_for_one_another(app: Flask, threads: ThreadPoolExecutor) -> None:
    inside, go_on = Event(), Event()

    def look(hold: bool) -> int | None:
        with app.app_context(), reading():
            taps = db.session.scalar(select(counters.c.taps))
            if hold:
                inside.set()
                assert go_on.wait(5)
            return taps

    first = threads.submit(look, hold=True)
    assert inside.wait(5)
    assert threads.submit(look, hold=False).result(2) == 0
    go_on.set()
    assert first.result(5) == 0


def test_a_page_opens_while_somebody_else_is_writing(
    app: Flask, threads: ThreadPoolExecutor
) -> None:
    @app.get("/looks")
    @open_to(ANYONE)
    def looks() -> str:
        return str(db.session.scalar(select(counters.c.taps)))

    with app.app_context():
        db.session.execute(update(counters).values(taps=7))
        answer = threads.submit(app.test_client().get, "/looks").result(4)
        db.session.commit()
    assert answer.text == "0"


def test_of_two_that_wrote_the_same_the_log_repeats_no_value(
    app: Flask, client: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/twice")
    @open_to(ANYONE)
    def twice() -> str:
        clinic = a_clinic()
        for _ in range(2):
            a_staff(clinic, email="secret@clinic.example")
        return "not reached"

    assert client.get("/twice").status_code == 409
    assert "Two requests wrote the same at twice" in caplog.text
    assert "secret@" not in caplog.text
