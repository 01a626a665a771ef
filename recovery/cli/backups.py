"""Backup and restore, and the release that a person gives after one."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy.exc import SQLAlchemyError

from recovery import clock, config
from recovery.cli.audit import said
from recovery.cli.fit_machine import NAMES
from recovery.services.audit_check import check_audit, seal_older
from recovery.services.health import worker_alive
from recovery.services.pausing import note_restore, pause_sending, pausing_all, release_sending
from recovery.services.refusals import NotFound
from recovery.store.clinics import Clinic
from recovery.store.copies import CopyFailed, copy_to, put_back
from recovery.store.database import db


@click.command("backup")
@click.argument("place", type=click.Path(path_type=Path), required=False)
@click.option("--keep", type=click.IntRange(1), help="Then remove all but so many newest ones.")
@with_appcontext
def backup(place: Path | None, keep: int | None) -> None:
    """Copy the whole database into PLACE, a folder or a new file, while it is in use.

    Without PLACE it goes to the folder in RECOVERY_BACKUPS. Keep the keys beside it: without
    the VAPID key every phone must allow notices anew.
    """
    now, usual = clock.now(), config.current().backups
    must_be_folder = place is None or keep is not None
    place = place or usual
    if place is None:
        raise click.ClickException("Say where to: a folder here, or in RECOVERY_BACKUPS.")
    if must_be_folder and not place.is_dir():
        raise click.ClickException(f"There is no folder {place}: make it, or mount it, first.")
    file = place / f"homeward-{stamp(now)}.backup" if place.is_dir() else place
    try:
        if not copy_to(db.engine.url, file):
            raise click.ClickException("There is no database yet.")
    except CopyFailed as failed:
        raise click.ClickException(str(failed)) from None
    click.echo(f"Wrote {file}, {file.stat().st_size} bytes.")
    # Their names begin with the time in UTC, so that the last by name is the newest.
    for old in sorted(file.parent.glob(NAMES))[:-keep] if keep else []:
        old.unlink()
        click.echo(f"Removed {old}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--nothing-to-keep", is_flag=True, help="Go on if what is there cannot be copied.")
@click.confirmation_option(prompt="Replace the whole database by this backup?")
@with_appcontext
def restore(file: Path, nothing_to_keep: bool) -> None:
    """Replace the database by the backup in FILE; then nothing is sent until a person says so.

    What was there before is kept in a file beside the backup. Stop web and workers first.
    """
    now = clock.now()
    _refuse_while_workers_live(now)
    _keep(file.with_name(f"before-restore-{stamp(now)}.backup"), nothing_to_keep)
    try:
        put_back(db.engine.url, file, pausing_all(now))
    except CopyFailed as failed:
        raise click.ClickException(str(failed)) from None
    upgrade()
    seal_older(now)
    trails = check_audit({}, now)
    note_restore(now)
    for found in trails:
        click.echo(f"Clinic {found.clinic_id}: audit trail of {said(found)}.")
    click.echo(
        "Restored. Nothing is sent until a person has looked: a clinic's administrator on the page "
        "that the red banner leads to, or you with `flask --app app release-sending`."
    )
    if any(found.broken is not None for found in trails):
        raise click.ClickException("The audit trail is not what was written.")


@click.command("pause-sending")
@click.argument("clinic_id", type=int, required=False)
@with_appcontext
def pause(clinic_id: int | None) -> None:
    """Send nothing more for one clinic, or for all, until it is released."""
    _tell(pause_sending, clinic_id, "sends nothing now")


@click.command("release-sending")
@click.argument("clinic_id", type=int, required=False)
@with_appcontext
def release(clinic_id: int | None) -> None:
    """Let notices go out again for one clinic, or for all, as far as they are still true."""
    _tell(release_sending, clinic_id, "sends notices")


def stamp(now: datetime) -> str:
    """Return the moment as a part of a file's name, in UTC."""
    return now.strftime("%Y%m%dT%H%M%SZ")


def _tell(
    change: Callable[[int | None, datetime], list[Clinic]], clinic_id: int | None, words: str
) -> None:
    try:
        clinics = change(clinic_id, clock.now())
    except NotFound:
        raise click.ClickException(f"There is no clinic {clinic_id}.") from None
    for clinic in clinics:
        click.echo(f"Clinic {clinic.id}, {clinic.name}, {words}.")


def _refuse_while_workers_live(now: datetime) -> None:
    """A worker that still has letters of the lost days on the way would write into old rows."""
    try:
        alive = worker_alive(now)
    except SQLAlchemyError:  # Nothing there yet, or nothing that can be read.
        alive = False
    db.session.remove()
    db.engine.dispose()
    if alive:
        raise click.ClickException("A worker was alive within the last minute. Stop it first.")


def _keep(file: Path, nothing_to_keep: bool) -> None:
    try:
        if copy_to(db.engine.url, file):
            click.echo(f"What was there is kept in {file}.")
    except CopyFailed as failed:
        click.echo(f"What is there cannot be copied. {failed}")
        if not nothing_to_keep:
            raise click.ClickException(
                "Nothing was changed. To go on all the same: --nothing-to-keep."
            ) from None
