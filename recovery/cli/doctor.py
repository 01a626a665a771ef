"""`doctor`: everything that must be so for notices to reach people, one plain line each."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from recovery import clock, config
from recovery.cli.fit_machine import machine_findings
from recovery.config import Settings
from recovery.delivery.front_door import NobodyThere, what_answers
from recovery.delivery.keys import KEY_SHOWN, KeyRefused, check_pair, load_key
from recovery.delivery.mail import MailSender
from recovery.delivery.outcome import Sent
from recovery.services.findings import Finding, any_fault, fault, fine, look
from recovery.services.fit_clinics import clinic_findings
from recovery.services.fit_sending import schema_finding, sending_findings
from recovery.store.database import db, reading


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check everything that notices need; exit 1 when something lets people down.

    It changes nothing and sends nothing: `setup` sends a test mail.
    """
    found = list(findings(config.current(), clock.now()))
    tell(found)
    if any_fault(found):
        raise SystemExit(1)


def tell(found: Iterable[Finding]) -> None:
    """Print one line for each: how bad, what about, what to do."""
    for one in found:
        click.echo(f"{one.verdict.value:<6}{one.about}: {one.says}")


def findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at everything, from the ground up; what rests on a database that is away is left out."""
    yield from _environment(settings)
    yield from _keys(settings)
    yield from _of_the_database(settings, now)
    yield address_finding(settings)
    yield mail_finding(settings)
    yield _texts(settings)
    yield from machine_findings(settings, now)


def _of_the_database(settings: Settings, now: datetime) -> list[Finding]:
    """Look without the write lock, and let go before anything else is waited for."""
    found: list[Finding] = []
    try:
        with reading():
            found.append(schema_finding())
            if not any_fault(found):
                found += sending_findings(now, _public_keys(settings, now))
                found += clinic_findings(now)
    except SQLAlchemyError as failed:
        reason = str(getattr(failed, "orig", None) or failed).strip().splitlines()[0]
        found.append(fault("database", f"does not answer ({reason})"))
    finally:
        db.session.rollback()
    return found


def address_finding(settings: Settings) -> Finding:
    """Ask our own public address, as a phone does, and see that it is we who answer."""
    address = settings.public_url
    if not settings.secure and settings.environment == "development":
        return look("address", f"{address} is for this machine only: phones need https")
    try:
        said = what_answers(address)
    except NobodyThere as nobody:
        return fault("address", f"{address} {nobody}")
    own = load_key(settings.vapid_private_key.get_secret_value()).public[:KEY_SHOWN]
    if not said["database"]:
        return fault("address", f"{address} answers, but its web process has no database")
    if said.get("key") != own:
        return fault("address", f"{address} is answered with another VAPID key than the one here")
    return fine("address", f"{address} answers over https, and it is this installation")


def mail_finding(settings: Settings) -> Finding:
    """Connect to the mail server and sign in there, without sending anything."""
    server = settings.mail_server
    if server is None:
        return look("mail", "no server is set, so that nobody gets e-mail: RECOVERY_MAIL_URL")
    outcome = MailSender(server).greet()
    if isinstance(outcome, Sent):
        return fine("mail", f"{server.host} lets us in; mail comes from {server.sender}")
    return fault("mail", f"{server.host} port {server.port}: {outcome.detail}")


def _environment(settings: Settings) -> Iterator[Finding]:
    if settings.environment == "production":
        yield fine("settings", "production")
    else:
        yield look("settings", "development: RECOVERY_ENVIRONMENT=production is safer")


def _keys(settings: Settings) -> Iterator[Finding]:
    key = load_key(settings.vapid_private_key.get_secret_value())
    try:
        check_pair(key)
    except KeyRefused as refused:
        yield fault("keys", f"RECOVERY_VAPID_PRIVATE_KEY {refused}")
    else:
        yield fine("keys", f"the pair signs and verifies; public half {key.public[:KEY_SHOWN]}…")
    until = settings.previous_keys_until
    if until is not None:
        yield look("keys", f"the keys before these hold until {until:%Y-%m-%d %H:%M %Z}")


def _public_keys(settings: Settings, now: datetime) -> list[str]:
    previous, until = settings.previous_vapid_key, settings.previous_keys_until
    old = [previous.public] if previous and until and now < until else []
    return [load_key(settings.vapid_private_key.get_secret_value()).public, *old]


def _texts(settings: Settings) -> Finding:
    if settings.twilio is None:
        return look("texts", "no account is set, so that nobody gets texts: RECOVERY_TWILIO_…")
    return fine("texts", "an account is set; only a text that is sent proves it")
