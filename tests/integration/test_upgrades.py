"""An installation with data in it is upgraded, and then simply goes on."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import column, func, insert, select, table, text

from recovery.delivery.memory import MemorySender
from recovery.domain.notice import NoticeState
from recovery.domain.rights import StaffRole
from recovery.services.audit import first_broken_row
from recovery.services.facts import protocol_of
from recovery.services.planning import replan
from recovery.services.stopped_numbers import stopped_among
from recovery.store.addresses import TextStop
from recovery.store.audit import AuditRow
from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import UtcDateTime, db
from recovery.store.notices import Notice
from recovery.store.patients import Patient
from recovery.store.schema import MIGRATIONS, newest_revision, present_revision
from recovery.store.sign_ins import Face
from recovery.store.visits import CheckInAnswer, Visit
from tests.builders import signed_in
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.databases import Postgres, migrate
from tests.front_desk import Desk
from tests.notices import work_off, worker_with
from tests.upgrade.data import FIRST, counts, kept_rows, put_in
from tests.visitor import Visitor

#: The afternoon of the visit in the kept rows; the patient has gone home.
LAST = datetime(2026, 3, 2, 19, 25, tzinfo=UTC)
GONE_HOME, TO_COME = 1, 2
BEFORE_MONITORING = "a83d5f0c2e17"
#: Rows that tell of this minute only: workers of an older release have been stopped.
PASSING = frozenset({"alembic_version", "worker_beat"})


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own: these tests take its tables away."""
    url = f"sqlite:///{tmp_path / 'own.db'}"
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.create())
    migrate(settings_for(url, tmp_path))
    return url


@pytest.fixture
def app(fresh_app: Flask, clock: TestClock) -> Flask:
    """The app of today on a database of the first release, with what that one wrote."""
    clock.move(to=LAST)
    with fresh_app.app_context():
        downgrade(revision="base")
        upgrade(revision=FIRST)
        put_in(kept_rows())
    return fresh_app


def revisions() -> list[str]:
    """All revisions after the first, the oldest first."""
    script = ScriptDirectory(str(MIGRATIONS))
    found = [one.revision for one in script.walk_revisions()]
    return found[::-1][1:]


def opened(client: Visitor, first: str) -> int:
    """Open a page and all that it links to below the same face; none may fail.

    Addresses with a question in them (another day, another span) lead to the same pages.
    """
    seen: set[str] = set()
    ahead, face = [first], first.split("/")[1]
    while ahead:
        page = ahead.pop()
        answer = client.get(page)
        assert answer.status_code in {200, 302, 303}, f"{page}: {answer.status_code}"
        seen.add(page)
        links = re.findall(rf'href="(/{face}/[^"#?]*)"', answer.text)
        ahead += sorted(set(links) - seen - set(ahead))
    return len(seen)


def test_the_first_release_with_data_is_brought_to_what_the_models_say(app: Flask) -> None:
    with app.app_context():
        upgrade()
        check()
        assert present_revision() == newest_revision()


def test_no_migration_loses_a_row_of_what_was_there(app: Flask) -> None:
    with app.app_context():
        before = counts()
        for revision in revisions():
            upgrade(revision=revision)
            now = counts()
            for table, rows in before.items():
                if table in now and table not in PASSING:
                    assert now[table] >= rows, f"{revision} lost rows of {table}"
            before = now


def test_after_the_upgrade_staff_find_every_page_of_what_was_there(
    app: Flask, clock: TestClock
) -> None:
    with app.app_context():
        upgrade()
        clinic = db.session.scalars(select(Clinic.id)).one()
    for role in (StaffRole.PROVIDER, StaffRole.ADMIN):
        client = app.test_client()
        assert isinstance(client, Visitor)
        Desk(client, clock, clinic, role)
        assert opened(client, "/staff/") > 10
        for visit in (GONE_HOME, TO_COME):
            assert opened(client, f"/staff/visits/{visit}/timeline") > 1


def test_after_the_upgrade_patient_and_driver_go_on_where_they_were(
    app: Flask, clock: TestClock
) -> None:
    with app.app_context():
        upgrade()
        client = app.test_client()
        assert isinstance(client, Visitor)
        signed_in(client, Face.PATIENT, db.session.get_one(Patient, 1), clock())
        db.session.remove()
    assert opened(client, "/me/") > 3
    # The same answer again, under the key that the first release kept with it.
    with app.app_context():
        [kept] = kept_rows()["check_in"]
        given = db.session.scalars(select(CheckInAnswer)).one()
        assert given.answers["slept"] == "no"
    page = f"/me/visits/{GONE_HOME}/check-ins/last-questions"
    token = client.token(page)
    body = {"key": kept["key"], "occasion": "", "answers": given.answers}
    answer = client.post(page, json=body, headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.get_json()["again"]) == (200, True)


def test_after_the_upgrade_visits_keep_their_protocol_and_their_notices(
    app: Flask, clock: TestClock
) -> None:
    with app.app_context():
        before = {row["id"]: row["due_at"] for row in kept_rows()["notice"]}
        upgrade()
        version = db.session.scalars(select(ProtocolVersion)).one()
        assert protocol_of(version).id == version.slug
        for patient in db.session.scalars(select(Patient.id)).all():
            replan(patient, clock())
        db.session.commit()
        after = db.session.scalars(select(Notice).where(Notice.id.in_(before))).all()
        changed = [
            row.kind
            for row in after
            if row.state == NoticeState.OWED
            and f"{row.due_at:%Y-%m-%d %H:%M}" != before[row.id][:16]
        ]
        assert not changed


def test_after_the_upgrade_notices_go_out_and_a_visit_is_finished(
    app: Flask, clock: TestClock
) -> None:
    with app.app_context():
        upgrade()
        sender = MemorySender()
        worker = worker_with(app, sender=sender)
        clock.move(by=timedelta(hours=3))
        work_off(worker)
        worker.close()
        assert sender.sent, "the evening's notice goes to the phone that subscribed before"
        clinic = db.session.scalars(select(Clinic.id)).one()
        db.session.remove()
    clock.move(to=LAST + timedelta(days=2, hours=19))
    client = app.test_client()
    assert isinstance(client, Visitor)
    desk = Desk(client, clock, clinic, StaffRole.PROVIDER)
    desk.done(TO_COME, "arrive")
    desk.done(TO_COME, "gate", **desk.good_gate())
    with app.app_context():
        assert db.session.get_one(Visit, TO_COME).state == "arrived"


def test_after_the_upgrade_the_audit_trail_is_whole_and_goes_on(
    app: Flask, clock: TestClock
) -> None:
    with app.app_context():
        upgrade()
        clinic = db.session.scalars(select(Clinic.id)).one()
        before = db.session.scalar(select(func.count(AuditRow.id))) or 0
        assert before == len(kept_rows()["audit"])
        db.session.remove()
    client = app.test_client()
    assert isinstance(client, Visitor)
    Desk(client, clock, clinic, StaffRole.NURSE).done(TO_COME, "cancel", cancel_why="Moved away.")
    with app.app_context():
        assert (db.session.scalar(select(func.count(AuditRow.id))) or 0) > before
        assert first_broken_row(clinic) is None


def test_after_the_upgrade_a_form_that_was_lines_to_write_on_is_filled_in(
    app: Flask, clock: TestClock
) -> None:
    """The release before said of a monitoring form only whether it is printed."""
    with app.app_context():
        upgrade(revision=BEFORE_MONITORING)
        _switch_the_form("true")
        upgrade()
        clinic = db.session.scalars(select(Clinic.id)).one()
        [version] = db.session.scalars(select(ProtocolVersion)).all()
        assert protocol_of(version).monitoring_form.doses == (28, 56, 84)
        db.session.remove()
    client = app.test_client()
    assert isinstance(client, Visitor)
    desk = Desk(client, clock, clinic, StaffRole.NURSE)
    desk.done(GONE_HOME, "monitoring", dose="56", sedation="no")
    assert "56 mg" in client.get(f"/staff/visits/{GONE_HOME}/summary").text
    with app.app_context():
        downgrade(revision=BEFORE_MONITORING)
        with db.engine.connect() as connection:
            body = connection.execute(text("SELECT body FROM protocol_version")).scalar_one()
        assert '"monitoring_form": true' in body
        upgrade()
        assert first_broken_row(clinic) is None


def _switch_the_form(value: str) -> None:
    words = f'"monitoring_form":{value},"merge_within"'
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE protocol_version SET body = replace(body, :old, :new)"),
            {"old": '"merge_within"', "new": words},
        )


def test_the_newest_migration_can_be_taken_back_and_done_again_with_data_in_it(
    app: Flask, clock: TestClock
) -> None:
    with app.app_context():
        upgrade()
        before = counts()
        downgrade(revision="-1")
        assert present_revision() != newest_revision()
        db.session.remove()
        upgrade()
        assert counts() == before
        check()
        clinic = db.session.scalars(select(Clinic.id)).one()
        db.session.remove()
    client = app.test_client()
    assert isinstance(client, Visitor)
    Desk(client, clock, clinic, StaffRole.PROVIDER)
    assert opened(client, f"/staff/visits/{GONE_HOME}/timeline") > 1


def test_a_number_that_said_stop_is_honoured_after_the_upgrade_and_not_kept(app: Flask) -> None:
    with app.app_context():
        upgrade(revision="b91e64d2c075")
        there = table("text_stop", column("number"), column("stopped_at", UtcDateTime()))
        said = {"number": "+12125550142", "stopped_at": LAST}
        db.session.execute(insert(there), said)
        db.session.commit()
        upgrade()
        assert stopped_among(["+12125550142", "+12125550143"]) == {"+12125550142"}
        row = db.session.scalars(select(TextStop)).one()
        assert row.stopped_at == LAST
        assert "5550142" not in row.number_hash
