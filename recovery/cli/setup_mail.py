"""The mail server in `setup`: asked for, tried with a real letter, and kept where you say."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import click

from recovery import config
from recovery.cli.answers import Answers, Unusable
from recovery.delivery.mail import MailMessage, MailSender
from recovery.delivery.mail_server import MailServer, MailServerRefused, mail_server
from recovery.delivery.outcome import Sent
from recovery.services.sign_in import new_token

SUBJECT = "Homeward can send e-mail"
TEXT = """This is the test that `setup` sends. E-mail from Homeward reaches you.

Nobody needs to do anything.
"""


def try_mail(
    sender_name: str, to: str, env_file: Path | None, answers: Answers, now: datetime
) -> None:
    """Send a test letter by the server in the settings; without one, ask for it first.

    A password never stands on a command line, so a server comes from RECOVERY_MAIL_URL or is
    typed. A server that does not take the letter ends nothing: the check-up tells it too.
    """
    server = config.current().mail_server
    if server is not None:
        _send(server, sender_name, to, now)
        return
    server = answers.until_taken(lambda: _asked(answers))
    if server is None or not _send(server, sender_name, to, now):
        return
    lines = {"RECOVERY_MAIL_URL": address_of(server), "RECOVERY_MAIL_FROM": server.sender}
    if env_file is None:
        click.echo("Give web and workers these settings, and start them anew:")
        click.echo("\n".join(f"  {name}={value}" for name, value in lines.items()))
    else:
        write_lines(env_file, lines)
        click.echo(f"Wrote its settings to {env_file}. Start web and workers anew.")


def address_of(server: MailServer) -> str:
    """Write a server as the setting that names it, in letters that no environment file bends."""
    who = f"{quote(server.user, safe='')}:{quote(server.password, safe='')}@"
    return f"{server.security.value}://{who if server.user else ''}{server.host}:{server.port}"


def write_lines(file: Path, lines: Mapping[str, str]) -> None:
    """Set these variables in an environment file, which only its owner may read; others stay."""
    before = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept = [line for line in before if line.split("=", 1)[0].strip() not in lines]
    part = file.with_name(f".{file.name}.part")
    part.touch(mode=0o600)
    if file.exists():
        part.chmod(file.stat().st_mode & 0o777)
        os.chown(part, file.stat().st_uid, file.stat().st_gid)
    new = [f"{name}={value}" for name, value in lines.items()]
    part.write_text("\n".join([*kept, *new]) + "\n", encoding="utf-8")
    part.rename(file)


def _asked(answers: Answers) -> MailServer | None:
    url = answers.of(
        "mail_url", "Mail server, like smtps://user:password@host (empty: no e-mail)", needed=False
    )
    if not url:
        return None
    sender = answers.of("mail_from", "The address that e-mail comes from")
    try:
        return mail_server(url, sender)
    except MailServerRefused as refused:
        field = "mail_from" if "RECOVERY_MAIL_FROM" in str(refused) else "mail_url"
        raise Unusable(f"The mail server {refused}.", field) from None


def _send(server: MailServer, sender_name: str, to: str, now: datetime) -> bool:
    letter = MailMessage(
        to=to,
        sender_name=sender_name,
        subject=SUBJECT,
        text=TEXT,
        language="en",
        identity=f"setup.{new_token()[:12]}",
    )
    outcome = MailSender(server).send(letter, now)
    if isinstance(outcome, Sent):
        click.echo(f"{server.host} took a test letter to {to}. Please see that it arrives.")
        return True
    click.echo(f"{server.host} did not take a test letter to {to}: {outcome.detail}.")
    return False
