"""`setup` leads from an empty database to a clinic; `doctor` says what is missing."""

import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import select, text
from werkzeug.serving import make_server

from recovery import create_app
from recovery.delivery.keys import load_key, new_vapid_key
from recovery.domain.protocol.base import SignOff
from recovery.services.beats import beat
from recovery.services.protocols import add_protocol
from recovery.services.sign_in import Lifetimes, begin
from recovery.services.staff_people import choose_password
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.sign_ins import Face
from tests.builders import a_patient
from tests.builders_protocol import ketamine
from tests.certificate import serve_as
from tests.conftest import settings_for
from tests.mail_server import PASSWORD, SENDER, USER, MailService
from tests.visitor import Visitor

GIVEN = {
    "--name": "Lakeside Infusions",
    "--neutral-name": "Lakeside",
    "--zone": "America/Chicago",
    "--country": "us",
    "--phone": "312 555 0100",
    "--on-call-name": "Dr. Lind",
    "--on-call-phone": "312 555 0111",
    "--watched": "Mon-Fri 08:00-17:00",
    "--admin-name": "Tom Becker",
    "--admin-email": "Tom@Lakeside.org",
}


@pytest.fixture
def mail() -> Iterator[MailService]:
    with MailService() as running:
        yield running


def an_app(url: str, folder: Path, **chosen: Any) -> Flask:
    """The app by the machine's own clock, as an operator has it."""
    app = create_app(settings_for(url, folder, **chosen))
    app.test_client_class = Visitor
    return app


@pytest.fixture
def app(database_url: str, tmp_path: Path, mail: MailService) -> Iterator[Flask]:
    settings = {"mail_url": mail.url(), "mail_from": SENDER, "backups": tmp_path / "backups"}
    (tmp_path / "backups").mkdir()
    app = an_app(database_url, tmp_path, **settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, *words: str, typed: str = "", **environment: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=list(words), input=typed, env=environment)
    with app.app_context():
        db.session.remove()
    return answer.exit_code, answer.output


def options(**changes: str) -> list[str]:
    given = GIVEN | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return [word for pair in given.items() for word in pair]


def setup(app: Flask, **changes: str) -> tuple[int, str]:
    return run(app, "setup", "--no-input", *options(**changes))


def link_in(words: str) -> str:
    [token] = re.findall(r"/join/([\w-]+)", words)
    return str(token)


def lines_about(words: str, about: str) -> list[str]:
    return [line for line in words.splitlines() if re.match(rf"\w+ +{about}\b.*: ", line)]


def test_setup_makes_a_clinic_and_its_first_admin_joins_by_the_link(
    app: Flask, mail: MailService
) -> None:
    status, words = setup(app)
    assert status == 0, words
    with app.app_context():
        clinic = db.session.scalars(select(Clinic)).one()
        assert (clinic.zone, clinic.country, clinic.phone) == (
            "America/Chicago", "US", "+13125550100",
        )  # fmt: skip
        assert db.session.scalars(select(Staff.password_hash)).all() == [""]
    [letter] = mail.box.taken
    assert (letter["To"], letter["Subject"]) == ("tom@lakeside.org", "Homeward can send e-mail")
    door = f"/join/{link_in(words)}"
    client = app.test_client()
    assert client.get(door).status_code == 200
    assert client.submit(door, {"password": "correct horse battery"}).status_code == 303
    assert "has joined" in run(app, "doctor")[1]


def test_setup_repeated_changes_only_what_is_answered_otherwise(app: Flask) -> None:
    first, second = setup(app)[1], setup(app, phone="312 555 0199")[1]
    assert "changed: phone" in second
    assert link_in(first) != link_in(second)
    assert "is there, as you say" in setup(app, phone="312 555 0199")[1]
    with app.app_context():
        assert db.session.scalars(select(Clinic.phone)).all() == ["+13125550199"]
        assert len(db.session.scalars(select(Staff.id)).all()) == 1
    assert app.test_client().get(f"/join/{link_in(first)}").status_code == 410


def test_setup_keeps_an_admin_who_has_joined(app: Flask) -> None:
    token = link_in(setup(app)[1])
    with app.app_context():
        choose_password(token, "correct horse battery", datetime.now(UTC))
    status, words = setup(app)
    assert (status, "Tom Becker is admin and has joined." in words) == (0, True)


def test_setup_asks_again_only_for_what_cannot_be_used(app: Flask) -> None:
    typed = [
        "Lakeside Infusions", "Lakeside", "Mars/Olympus", "", "12", "", "", "",
        "Dr. Lind", "312 555 0111", "", "now and then",
        "America/Chicago", "Mon-Fri 08:00-17:00", "312 555 0100", "Tom Becker", "tom@lakeside.org",
    ]  # fmt: skip
    status, words = run(app, "setup", typed="\n".join([*typed, ""]))
    assert status == 0, words
    for sentence in ("This is no time zone.", "Please write the hours", "not a phone number"):
        assert words.count(sentence) == 1
    assert "Added clinic 1" in words


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zone": "Mars/Olympus"}, "--zone: This is no time zone."),
        ({"phone": "12"}, "--phone: This is not a phone number"),
        ({"country": "Atlantis"}, "--country: This is no country."),
        ({"watched": "Mon-Fri 17:00-08:00"}, "--watched: Please write the hours like this"),
        ({"admin_email": "tom"}, "--email: This is not an e-mail address."),
        ({"protocol": "nowhere"}, "There is no protocol nowhere; shipped: "),
    ],
)
def test_setup_without_questions_ends_with_one_sentence(
    app: Flask, wrong: dict[str, str], says: str
) -> None:
    status, words = setup(app, **wrong)
    assert (status, says in words, "Traceback" in words) == (1, True, False), words


def test_setup_reads_its_answers_from_the_environment(app: Flask) -> None:
    given = {f"SETUP_{name[2:].replace('-', '_').upper()}": GIVEN[name] for name in GIVEN}
    status, words = run(app, "setup", "--no-input", **given)
    assert (status, "Added clinic 1, Lakeside Infusions." in words) == (0, True), words
    assert "--neutral-name is missing" in run(app, "setup", "--no-input", "--name", "Elm")[1]


def test_setup_starts_from_a_database_without_tables(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="base")
        db.session.remove()
    assert lines_about(run(app, "doctor")[1], "database")[0].startswith("fault database: answers")
    words = setup(app)[1]
    assert "brought to the newest migration" in words
    assert lines_about(words, "database")[0].startswith("ok")


def test_a_mail_server_that_is_typed_is_tried_and_then_kept(
    sqlite_url: str, tmp_path: Path, mail: MailService
) -> None:
    file = tmp_path / "homeward.env"
    file.write_text("RECOVERY_PROXIES=1\nRECOVERY_MAIL_FROM=old@example.org\n")
    file.chmod(0o600)
    app = an_app(sqlite_url, tmp_path)
    words = [*options(), "--address", "", "--parking", "", "--entrance", "", "--on-call-email", ""]
    typed = f"http://mail\n{SENDER}\n{mail.url()}\n"
    status, said = run(app, "setup", *words, "--env-file", str(file), typed=typed)
    assert status == 0, said
    assert "The mail server must be smtps://" in said
    assert len(mail.box.taken) == 1
    assert file.read_text().splitlines() == [
        "RECOVERY_PROXIES=1",
        f"RECOVERY_MAIL_URL={mail.url()}",
        f"RECOVERY_MAIL_FROM={SENDER}",
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_mail_server_that_refuses_is_told_by_setup_and_doctor(
    sqlite_url: str, tmp_path: Path
) -> None:
    with MailService(wants_sign_in=True) as mail:
        settings = {"mail_url": mail.url("homeward:wrong"), "mail_from": SENDER}
        app = an_app(sqlite_url, tmp_path, **settings)
        words = setup(app)[1]
        assert "did not take a test letter to tom@lakeside.org: " in words
        assert lines_about(words, "mail")[-1].startswith("fault mail: 127.0.0.1 port ")
        assert mail.box.taken == []


def test_doctor_signs_in_at_the_mail_server_and_sends_nothing(
    sqlite_url: str, tmp_path: Path
) -> None:
    with MailService(wants_sign_in=True) as mail:
        sign_in = f"{USER}:{quote(PASSWORD, safe='')}"
        app = an_app(sqlite_url, tmp_path, mail_url=mail.url(sign_in), mail_from=SENDER)
        assert lines_about(run(app, "doctor")[1], "mail")[0].startswith("ok")
        assert (mail.box.taken, mail.box.sign_ins) == ([], 1)


@pytest.fixture
def served(
    database_url: str, tmp_path: Path, mail: MailService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The app at a public address of its own, over https, with all that production needs."""
    tls, trusted = serve_as(["localhost"], tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "homeward-20260101T000000Z.backup").touch()
    server = make_server("127.0.0.1", 0, Flask("nobody"), threaded=True, ssl_context=tls)
    app = an_app(
        database_url,
        tmp_path,
        public_url=f"https://localhost:{server.port}",
        mail_url=mail.url(),
        mail_from=SENDER,
        backups=tmp_path / "backups",
    )
    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    server.server_close()
    thread.join()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def make_ready(app: Flask) -> None:
    """All that setup leaves to people: an admin joins, a protocol is signed, a worker lives."""
    now = datetime.now(UTC)
    token = link_in(setup(app)[1])
    signed = SignOff(by="Ada Lind", role="MD", on=now.date())
    with app.app_context():
        choose_password(token, "correct horse battery", now)
        add_protocol(1, ketamine().model_copy(update={"sign_off": signed}), now)
        beat("worker", now)
        db.session.remove()


def test_doctor_is_content_with_an_installation_that_is_ready(served: Flask) -> None:
    make_ready(served)
    status, words = run(served, "doctor")
    assert status == 0, words
    assert "fault" not in words
    assert "it is this installation" in words


def spoil_worker(app: Flask) -> None:
    with app.app_context():
        beat("worker", datetime.now(UTC) - timedelta(minutes=2))


def spoil_number(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE clinic SET on_call_phone = ''"))
        db.session.commit()


def spoil_admin(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE staff SET password_hash = '', invite_hash = NULL"))
        db.session.execute(text("UPDATE staff SET invite_ends_at = NULL"))
        db.session.commit()


def spoil_hours(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE clinic SET watched = 'always'"))
        db.session.commit()


def spoil_protocol(app: Flask) -> None:
    with app.app_context():
        add_protocol(1, ketamine(), datetime.now(UTC))


def spoil_backup(app: Flask) -> None:
    [file] = Path(app.instance_path).glob("backups/*.backup")
    long_ago = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    os.utime(file, (long_ago, long_ago))


def spoil_phone(app: Flask) -> None:
    with app.app_context():
        patient = a_patient(db.session.get_one(Clinic, 1))
        other, now = load_key(new_vapid_key()).public, datetime.now(UTC)
        lives = Lifetimes(timedelta(days=1), timedelta(days=1))
        begin(Face.PATIENT, patient.clinic_id, patient.id, "phone", lives, now)
        sign_in = db.session.execute(text("SELECT max(id) FROM sign_in")).scalar_one()
        db.session.add(
            Device(
                clinic_id=patient.clinic_id,
                role="patient",
                owner_id=patient.id,
                sign_in_id=sign_in,
                endpoint="https://push.example/1",
                endpoint_hash="1",
                p256dh="",
                auth="",
                server_key=other,
                created_at=now,
            )
        )
        db.session.commit()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_worker, "worker: none is alive"),
        (spoil_number, "lacks the phone of who is on call"),
        (spoil_admin, "has no admin who can sign in"),
        (spoil_hours, "its hours cannot be read"),
        (spoil_protocol, "a clinician must still sign ketamine-iv-adult"),
        (spoil_backup, "backup: the newest of 1 is 72 hours old"),
        (spoil_phone, "phones: 1 of 1 subscribed under a key that is not set here"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_doctor_names_each_fault_and_exits_with_one(served: Flask, spoil: Any, says: str) -> None:
    make_ready(served)
    spoil(served)
    status, words = run(served, "doctor")
    [line] = [line for line in words.splitlines() if line.startswith("fault")]
    assert (status, says in line) == (1, True), words


def test_doctor_tells_who_answers_at_the_public_address(
    served: Flask, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = served.extensions["recovery.settings"].public_url

    def address(url: str, **chosen: Any) -> str:
        app = an_app(sqlite_url, tmp_path, public_url=url, **chosen)
        return lines_about(run(app, "doctor")[1], "address")[0]

    assert "answered with another VAPID key" in address(public, vapid_private_key=new_vapid_key())
    assert "refuses the connection" in address("https://localhost:1")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "a certificate that is not trusted" in address(public)


def test_doctor_says_that_the_database_does_not_answer(tmp_path: Path) -> None:
    app = an_app("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)
    status, words = run(app, "doctor")
    assert status == 1
    [line] = lines_about(words, "database")
    assert line.startswith("fault database: does not answer (")
    assert lines_about(words, "SQLite")


def test_backups_beyond_those_kept_are_removed_the_oldest_first(
    sqlite_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"homeward-2026010{day}T000000Z.backup").touch()
    (folder / "notes.txt").touch()
    app = an_app(sqlite_url, tmp_path, backups=folder)
    status, words = run(app, "backup", "--keep", "2")
    assert status == 0, words
    left = sorted(file.name for file in folder.iterdir())
    assert left[0] == "homeward-20260103T000000Z.backup"
    assert (len(left), left[-1]) == (3, "notes.txt")
    assert "Say where to" in run(an_app(sqlite_url, tmp_path), "backup")[1]


def test_a_folder_of_backups_that_is_not_there_is_no_name_for_a_file(
    sqlite_url: str, tmp_path: Path
) -> None:
    """A disk that is not mounted, say: the copies would lie elsewhere, each over the last."""
    missing = tmp_path / "backups"
    app = an_app(sqlite_url, tmp_path, backups=missing)
    for words in (["backup"], ["backup", "--keep", "2"], ["backup", str(missing), "--keep", "2"]):
        status, said = run(app, *words)
        assert (status, said.strip()) == (
            1,
            f"Error: There is no folder {missing}: make it, or mount it, first.",
        )
        assert not missing.exists()
