"""`setup`: from an empty database to a clinic whose first admin has a link; may be repeated."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from recovery import clock, config
from recovery.cli.answers import Answers, option
from recovery.cli.doctor import findings, tell
from recovery.cli.setup_mail import try_mail
from recovery.services.audit import SYSTEM
from recovery.services.audit_check import seal_older
from recovery.services.clinics import ClinicEntry, add_clinic, change_clinic, clinic_called
from recovery.services.findings import Verdict
from recovery.services.first_admin import admins_of, invite_admin
from recovery.services.protocols import add_protocol, usable_versions
from recovery.services.refusals import Conflict
from recovery.store.clinics import Clinic, Staff
from recovery.store.database import db
from recovery.store.protocol_files import ProtocolFileError, load_protocol, shipped_protocols
from recovery.store.schema import newest_revision, present_revision

QUESTIONS: Final = {
    "name": "The clinic's name, on pages only",
    "neutral_name": "A neutral name, which notices carry and which tells no specialty",
    "zone": "Its time zone, like America/Chicago",
    "country": "Its country, like US",
    "phone": "Its phone",
    "address": "Its address, for a map",
    "parking": "Where drivers park",
    "entrance": "How to find the door",
    "on_call_name": "Who is on call at other hours",
    "on_call_phone": "Phone of who is on call",
    "on_call_email": "E-mail of who is on call",
    "watched": "When somebody reads answers, like Mon-Fri 08:00-17:00",
    "admin_name": "Name of the clinic's first admin",
    "admin_email": "E-mail of the clinic's first admin",
}
FIELDS: Final = frozenset(field.name for field in fields(ClinicEntry))
#: May stay empty.
OPTIONAL: Final = frozenset({"address", "parking", "entrance", "on_call_email"})
USUAL: Final = {"country": "US", "watched": "Mon-Fri 08:00-17:00"}


def _questions(command: Callable[..., None]) -> Callable[..., None]:
    for name, words in reversed(QUESTIONS.items()):
        command = click.option(option(name), help=f"{words}.")(command)
    return command


@click.command("setup", context_settings={"auto_envvar_prefix": "SETUP"})
@_questions
@click.option("--protocol", default="ketamine-iv-adult", help="A shipped one, or a YAML file.")
@click.option("--env-file", type=click.Path(dir_okay=False, path_type=Path), help="Where "
              "the mail server's lines go once it works; otherwise they are printed.")  # fmt: skip
@click.option("--no-input", is_flag=True, help="Ask nothing; what is missing ends the command.")
@with_appcontext
def setup(protocol: str, env_file: Path | None, no_input: bool, **given: Any) -> None:
    """Set up a clinic for real: its numbers, first admin and mail server, each checked.

    Repeat it as often as you like: what is there stays, what you answer otherwise is changed.
    Every option is also read from the environment (SETUP_NAME, SETUP_ZONE …).
    """
    answers, now = Answers(given, ask=not no_input), clock.now()
    _database()
    clinic = answers.until_taken(lambda: _clinic(answers, now))
    _protocol(clinic, protocol, now)
    admin = answers.until_taken(lambda: _admin(clinic, answers, now))
    sender_name, to = clinic.neutral_name, admin.email
    db.session.rollback()  # Nothing is kept locked while the network is waited for.
    try_mail(sender_name, to, env_file, answers, now)
    click.echo("\nWhat there is, and what is still missing:")
    found = list(findings(config.current(), now))
    tell(found)
    left = sum(one.verdict is Verdict.FAULT for one in found)
    click.echo(f"\nStill to do: {left}. `flask --app app doctor` says the same at any time.")


def _database() -> None:
    present = present_revision()
    db.session.rollback()
    if present != newest_revision():
        upgrade()
        seal_older(clock.now())
        click.echo("The database is brought to the newest migration.")


def _clinic(answers: Answers, now: datetime) -> Clinic:
    name = answers.of("name", QUESTIONS["name"])
    there = clinic_called(name)
    words = {"name": name}
    for field in [one for one in QUESTIONS if one in FIELDS and one != "name"]:
        known = getattr(there, field) if there else USUAL.get(field, "")
        words[field] = answers.of(field, QUESTIONS[field], known, needed=field not in OPTIONAL)
    entry = ClinicEntry(**words)
    if there is None:
        clinic = add_clinic(entry, now)
        click.echo(f"Added clinic {clinic.id}, {clinic.name}.")
        return clinic
    changed = change_clinic(there, entry, SYSTEM, now)
    says = f"changed: {', '.join(changed)}" if changed else "is there, as you say"
    click.echo(f"Clinic {there.id}, {there.name}, {says}.")
    return there


def _protocol(clinic: Clinic, wanted: str, now: datetime) -> None:
    """Give a clinic that has none its first protocol."""
    if usable_versions(clinic.id):
        return
    try:
        chosen = shipped_protocols().get(wanted) or load_protocol(Path(wanted))
    except OSError:
        known = ", ".join(shipped_protocols())
        raise click.ClickException(f"There is no protocol {wanted}; shipped: {known}.") from None
    except ProtocolFileError as fault:
        raise click.ClickException(str(fault)) from None
    version = add_protocol(clinic.id, chosen, now)
    click.echo(
        f"It uses the protocol {version.slug}. A clinician must read, change and sign it on the "
        "page Protocols before the first infusion can start."
    )


def _admin(clinic: Clinic, answers: Answers, now: datetime) -> Staff:
    joined = next((one for one in admins_of(clinic.id) if one.password_hash), None)
    if joined is not None:
        click.echo(f"{joined.name} is admin and has joined.")
        return joined
    waiting = next(iter(admins_of(clinic.id)), None)
    name = answers.of("admin_name", QUESTIONS["admin_name"], waiting.name if waiting else "")
    email = answers.of("admin_email", QUESTIONS["admin_email"], waiting.email if waiting else "")
    try:
        admin, token = invite_admin(clinic, name, email, now)
    except Conflict as joined_already:
        raise click.ClickException(joined_already.sentence) from None
    click.echo(f"{admin.name} chooses a password here, within 7 days:")
    click.echo(f"  {config.current().public_url}/join/{token}")
    return admin
