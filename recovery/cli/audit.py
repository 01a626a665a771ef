"""The command that proves the audit trail."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext

from recovery import clock
from recovery.services.audit import Fault, Wrong
from recovery.services.audit_check import Checked, Head, check_audit

WORDS: Final = {
    Wrong.TOUCHED: "it, or what stood before it, was changed, removed or put in",
    Wrong.CUT: "an earlier look found rows there that are gone",
    Wrong.KEY: "its key is not among RECOVERY_AUDIT_KEY and RECOVERY_AUDIT_KEYS_PREVIOUS",
    Wrong.UNSEALED: "no key seals it; `flask --app app migrate-db` seals what is older than keys",
}


@click.command("audit-check")
@click.option(
    "--heads",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file, best on another machine, that remembers where each chain ended.",
)
@with_appcontext
def audit_check(heads: Path | None) -> None:
    """Check that nothing in the audit trail was changed, removed or cut off."""
    checked = check_audit(_known(heads), clock.now())
    for found in checked:
        click.echo(f"Clinic {found.clinic_id}: {said(found)}.")
    if any(found.broken is not None for found in checked):
        raise click.ClickException("The audit trail is not what was written.")
    if heads is not None:
        heads.write_text(json.dumps({found.clinic_id: _kept(found.head) for found in checked}))


def said(found: Checked) -> str:
    """Say in words how a chain is."""
    words = f"{found.head.number} rows, {broken_words(found.broken)}"
    if found.unkeyed:
        words += f", the first {found.unkeyed} older than the key"
    if found.lost:
        words += f", {found.lost} rows lost with a restore that the trail tells of"
    return words


def broken_words(broken: Fault | None) -> str:
    """Say that a chain is whole, or where it is not and why."""
    return f"BROKEN at row {broken.number}: {WORDS[broken.why]}" if broken else "whole"


def _known(heads: Path | None) -> dict[int, Head]:
    """Read the heads of an earlier look; files from before times were kept have none."""
    if heads is None or not heads.exists():
        return {}
    kept = json.loads(heads.read_text(encoding="utf-8"))
    return {
        int(clinic): Head(number, seal, datetime.fromisoformat(at[0]) if at else None)
        for clinic, (number, seal, *at) in kept.items()
    }


def _kept(head: Head) -> list[object]:
    return [head.number, head.hash, head.at.isoformat() if head.at else None]
