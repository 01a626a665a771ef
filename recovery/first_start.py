"""What a newcomer reads when Homeward starts on their machine: what to open, and as whom."""

import io
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

import segno
from flask import Flask

from recovery import clock, config
from recovery.config import Settings
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.faster import faster
from recovery.services import demo
from recovery.services.demo import Invited
from recovery.store.protocol_files import shipped_protocols

FIRST: Final = "ketamine-iv-adult"
#: 24 hours become five minutes.
FACTOR: Final = 288
SOON: Final = timedelta(hours=3)
SOON_IN_MINUTES: Final = timedelta(minutes=10)


def announce(app: Flask) -> None:
    """Add the demo clinic at the first start, then print what to open as whom."""
    with app.app_context():
        settings, now = config.current(), clock.now()
        invited = prepare(settings, now) if settings.demo != "none" else []
        password = _password(settings.instance) if invited else ""
    print("\n".join(lines(settings, invited, password)), flush=True)


def prepare(settings: Settings, now: datetime) -> list[Invited]:
    """Make the demo clinic when the database is empty; return fresh welcome links.

    An installation with a clinic of its own gets none.
    """
    quick = settings.demo == "minutes"
    password = _password(settings.instance)
    demo.make_demo(_protocols(quick), SOON_IN_MINUTES if quick else SOON, password, now)
    clinic = demo.demo_clinic()
    if clinic is None:
        return []
    demo.set_demo_password(clinic, password)
    return demo.invite_patients(clinic, now)


def lines(settings: Settings, invited: list[Invited], password: str) -> Iterator[str]:
    """Say what to open; `invited` is empty without a demo clinic."""
    home = settings.public_url
    yield ""
    yield f"Homeward is at {home}"
    yield ""
    yield f"  Staff     {home}/staff/"
    if invited:
        yield f"            {demo.CLINICIAN} (a clinician), {demo.NURSE},"
        yield f"            {demo.FRONT_DESK} or {demo.ADMIN}"
        yield f"            password: {password}"
        yield ""
    for patient in invited:
        yield f"  Patient   {home}/welcome/{patient.token}"
        yield f"            {patient.name}, date of birth {patient.born.isoformat()}"
        yield ""
    if invited:
        yield from _square(f"{home}/welcome/{invited[0].token}", invited[0].name)
        yield "  Driver    has no account: sign in as the patient, name a driver, and open the"
        yield "            link that the patient is given to send."
        yield ""
        yield "  Use a browser profile of its own for each: one for staff, one for the patient, one"
        yield "  for the driver. A profile gets the notices of one person only."
    if not settings.secure:
        yield "  Notices reach browsers on this machine. A phone needs https: see README.md."
    yield "  Ctrl-C stops it; everything is kept for the next start."
    yield ""


def _protocols(quick: bool) -> list[Protocol]:
    shipped = shipped_protocols()
    ordered = [shipped.pop(FIRST), *shipped.values()]
    return [faster(protocol, FACTOR) for protocol in ordered] if quick else ordered


def _password(folder: Path) -> str:
    """Return the demo's password, made once and kept where only this user reads it."""
    path = folder / "demo-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(token_urlsafe(12) + "\n", encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _square(link: str, name: str) -> Iterator[str]:
    """Draw a link for a phone's camera, where the terminal can show it."""
    if (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") != "utf8":
        return
    drawn = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(drawn, compact=True)
    yield f"  {name}'s link as a square:"
    yield from ("  " + line for line in drawn.getvalue().splitlines())
    yield ""
