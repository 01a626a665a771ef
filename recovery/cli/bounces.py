"""What the clinic's mail server hands over when an e-mail of ours comes back."""

import sys
from typing import Final

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from recovery import clock, config
from recovery.delivery.bounces import LARGEST, read_returned
from recovery.services.mail_reports import take_returned
from recovery.services.refusals import NotFound

#: To a mail server (sysexits.h): keep it and try again later.
TRY_AGAIN: Final = 75


@click.command("take-bounce")
@click.argument("recipient", default="")
@with_appcontext
def take_bounce(recipient: str) -> None:
    """Take one message that came back, on standard input: a mailbox that does not exist climbs on.

    RECIPIENT: the address that it was delivered to, where the mail server can say so; else it is
    read in the message. What is no bounce of ours is dropped without a word to its sender.
    """
    returns = config.current().outlets.returns
    if returns is None:
        raise click.ClickException("RECOVERY_MAIL_BOUNCES is not set.")
    returned = read_returned(sys.stdin.buffer.read(LARGEST))
    attempt_id = returns.attempt_in(f"{recipient} {returned.to}")
    if attempt_id is None or not returned.status:
        click.echo("Not a failed delivery of ours: dropped.")
        return
    try:
        take_returned(attempt_id, returned, clock.now())
    except NotFound:
        click.echo("This e-mail is no longer known: dropped.")
    except SQLAlchemyError:
        click.echo("The database does not answer. Try again later.", err=True)
        sys.exit(TRY_AGAIN)
