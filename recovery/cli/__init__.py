"""Commands for the operator: `flask --app app …`."""

from pathlib import Path
from zoneinfo import available_timezones

import click
from flask import Flask
from flask.cli import with_appcontext
from flask_migrate import upgrade

from recovery import clock
from recovery.cli import audit, backups
from recovery.cli.bounces import take_bounce
from recovery.cli.doctor import doctor
from recovery.cli.setup import setup
from recovery.domain.rights import StaffRole
from recovery.services.audit_check import seal_older
from recovery.services.clinics import ClinicEntry, add_clinic
from recovery.services.protocols import add_protocol
from recovery.services.refusals import NotFound, Refused
from recovery.services.staff_accounts import add_staff
from recovery.store.protocol_files import ProtocolFileError, load_protocol


@click.command("migrate-db")
@with_appcontext
def migrate_db() -> None:
    """Bring the database to the newest schema; doing it twice changes nothing."""
    upgrade()
    seal_older(clock.now())
    click.echo("The database is up to date.")


@click.command("add-clinic")
@click.option("--name", prompt="The clinic's name, on pages only")
@click.option("--neutral-name", prompt="A neutral name, for notices")
@click.option("--zone", prompt="Time zone, like America/Chicago")
@click.option("--country", prompt="Country, like US", default="US")
@click.option("--phone", prompt="Phone")
@click.option("--address", prompt="Address, for a map", default="")
@click.option("--parking", prompt="Where drivers park", default="")
@click.option("--entrance", prompt="How to find the door", default="")
@click.option("--on-call-name", prompt="Who is on call")
@click.option("--on-call-phone", prompt="Phone of who is on call")
@click.option("--on-call-email", default="", help="Where alerts go by e-mail at other hours.")
@click.option("--watched", prompt="When somebody reads answers", default="Mon-Fri 08:00-17:00")
@with_appcontext
def add_a_clinic(zone: str, country: str, **words: str) -> None:
    """Add a real clinic; then add its protocols and its staff."""
    if zone not in available_timezones():
        raise click.ClickException(f"There is no time zone called {zone}.")
    entry = ClinicEntry(zone=zone, country=country, **words)
    try:
        clinic = add_clinic(entry, clock.now())
    except Refused as refused:
        raise click.ClickException(refused.sentence) from None
    click.echo(f"Added clinic {clinic.id}, {clinic.name}.")


@click.command("add-protocol")
@click.argument("clinic_id", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def add_a_protocol(clinic_id: int, file: Path) -> None:
    """Give a clinic the protocol in a YAML file, as its next version."""
    try:
        version = add_protocol(clinic_id, load_protocol(file), clock.now())
    except ProtocolFileError as fault:
        raise click.ClickException(str(fault)) from None
    except NotFound:
        raise click.ClickException(f"There is no clinic {clinic_id}.") from None
    click.echo(f"Clinic {clinic_id} now uses {version.slug}, version {version.version}.")


@click.command("add-staff")
@click.argument("clinic_id", type=int)
@click.option("--name", prompt=True)
@click.option("--email", prompt="E-mail")
@click.option("--role", prompt=True, type=click.Choice([role.value for role in StaffRole]))
@click.password_option()
@with_appcontext
def add_a_person(clinic_id: int, name: str, email: str, role: str, password: str) -> None:
    """Add a person who works at a clinic; only a provider decides what a clinician decides."""
    try:
        person = add_staff(clinic_id, name, email, StaffRole(role), password, clock.now())
    except Refused as refused:
        raise click.ClickException(refused.sentence) from None
    except NotFound:
        raise click.ClickException(f"There is no clinic {clinic_id}.") from None
    click.echo(f"{person.name} signs in as {person.email}.")


def register(app: Flask) -> None:
    """Give the app its commands."""
    people = (add_a_clinic, add_a_protocol, add_a_person)
    ours = (setup, doctor, migrate_db, *people, audit.audit_check, take_bounce)
    for command in (*ours, backups.backup, backups.restore, backups.pause, backups.release):
        app.cli.add_command(command)
