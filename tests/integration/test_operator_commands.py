"""What the operator types: clinics, protocols and people are added; mistakes get a sentence."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from recovery.store.clinics import Clinic, ProtocolVersion
from recovery.store.database import db
from recovery.store.protocol_files import SHIPPED
from tests.visitor import Visitor

CLINIC = (
    "add-clinic", "--name", "Lakeside Infusions", "--neutral-name", "Lakeside",
    "--zone", "America/Chicago", "--country", "us", "--phone", "312 555 0100",
    "--on-call-name", "Dr. Lind", "--on-call-phone", "312 555 0111",
    "--watched", "Mon-Fri 08:00-17:00", "--address", "12 Lake Street, Chicago",
    "--parking", "Behind the house", "--entrance", "The blue door",
)  # fmt: skip
PERSON = (
    "add-staff", "1", "--name", "Ada Lind", "--email", "Ada@Lakeside.org",
    "--role", "provider", "--password", "correct horse battery",
)  # fmt: skip


def say(app: Flask, *words: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=list(words))
    return answer.exit_code, answer.output


def test_a_real_clinic_is_set_up_by_three_commands(app: Flask, client: Visitor) -> None:
    assert say(app, *CLINIC) == (0, "Added clinic 1, Lakeside Infusions.\n")
    file = str(SHIPPED / "ketamine-iv-adult.yaml")
    for _twice in range(2):
        assert say(app, "add-protocol", "1", file)[0] == 0
    assert say(app, *PERSON) == (0, "Ada Lind signs in as ada@lakeside.org.\n")
    form = {"email": "ada@lakeside.org", "password": "correct horse battery"}
    assert client.submit("/staff/sign-in", form).status_code == 303
    with app.app_context():
        clinic = db.session.scalars(select(Clinic)).one()
        assert clinic.phone == "+13125550100"
        assert (clinic.address, clinic.entrance) == ("12 Lake Street, Chicago", "The blue door")
        assert db.session.scalars(select(ProtocolVersion.version)).all() == [1]


def test_a_changed_protocol_becomes_the_next_version(app: Flask, tmp_path: Path) -> None:
    say(app, *CLINIC)
    shipped = SHIPPED / "ketamine-iv-adult.yaml"
    changed = tmp_path / "changed.yaml"
    words = shipped.read_text(encoding="utf-8")
    changed.write_text(words.replace("arrive_early: PT15M", "arrive_early: PT20M"), "utf-8")
    for file in (shipped, changed):
        assert say(app, "add-protocol", "1", str(file))[0] == 0
    with app.app_context():
        assert db.session.scalars(select(ProtocolVersion.version)).all() == [1, 2]


def test_a_mistake_gets_one_plain_sentence(app: Flask, tmp_path: Path) -> None:
    say(app, *CLINIC)
    say(app, *PERSON)
    assert "already signs in" in say(app, *PERSON)[1]
    assert "no clinic 7" in say(app, "add-staff", "7", *PERSON[2:])[1]
    short = (*PERSON[:-1], "short", "--email", "b@lakeside.org")
    assert "15 characters" in say(app, *short)[1]
    zone = [word if word != "America/Chicago" else "Mars/Olympus" for word in CLINIC]
    assert "no time zone called Mars/Olympus" in say(app, *zone)[1]
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: [", "utf-8")
    assert "bad.yaml, line" in say(app, "add-protocol", "1", str(bad))[1]
