"""Commands for the operator: `flask --app app …`."""

import click
from flask import Flask
from flask_migrate import upgrade


@click.command("migrate-db")
def migrate_db() -> None:
    """Bring the database to the newest schema; doing it twice changes nothing."""
    upgrade()
    click.echo("The database is up to date.")


def register(app: Flask) -> None:
    """Give the app its commands."""
    app.cli.add_command(migrate_db)
