"""Run all benches and print rates and ratios."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask

from recovery import create_app
from recovery.config import Settings
from recovery.delivery.keys import new_vapid_key
from recovery.store.database import db
from tests.bench import crowds, notices, pages, stored
from tests.databases import migrate, postgres_server

PEOPLE, EACH = 100, 20
CROWD, STORED = 10_000, 1_000_000


@contextmanager
def fresh_app(url: str, folder: Path) -> Iterator[Flask]:
    """The app on a fresh database, inside its context, quiet in its log."""
    settings = Settings(
        instance=folder,
        database_url=url,
        secret_key="s" * 43,
        vapid_private_key=new_vapid_key(),
        allow_loopback_push=True,
        demo="none",
    )
    migrate(settings)
    app = create_app(settings)
    logging.getLogger("recovery").setLevel(logging.WARNING)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def rates(name: str, app: Flask, origin: str, alone: float) -> None:
    """Print the rate of one worker beside the plain loop's and that of no database at all."""
    notices.fill(origin, PEOPLE, EACH)
    plain, ours = notices.plain_loop(), notices.ours(app)
    say(f"{name}: plain loop with pywebpush, one commit a row", plain, "notices/s")
    beside = f"{ours / plain:.1f} times the plain loop, {ours / alone:.2f} of no database"
    say(f"{name}: one Homeward worker", ours, "notices/s", beside)
    wait, empty = pages.wait_page(app, 200), pages.empty_page(2_000)
    beside = f"an empty Flask page: {empty:.0f}/s, so it costs {empty / wait:.0f} of them"
    say(f"{name}: the patient's wait page", wait, "pages/s", beside)


def crowd(name: str, folder: Path, several: bool) -> None:
    """Print how ten thousand notices fare: all at once, over a minute, with two workers."""
    one = crowds.run(folder, timedelta())
    say(f"{name}: {CROWD} due in one instant, one worker, all out after", one.seconds, "s")
    if several:
        two = crowds.run(folder, timedelta(), workers=2)
        beside = f"{one.seconds / two.seconds:.2f} times one worker"
        say(f"{name}: the same with two workers", two.seconds, "s", beside)
    spread = crowds.run(folder, timedelta(minutes=1))
    beside = f"p50 {spread.at(0.5):.2f} s, p99 {spread.at(0.99):.2f} s"
    say(f"{name}: {CROWD} due over a minute, the latest", spread.late[-1], "s late", beside)
    half, end = spread.memory[0]
    say(f"{name}: memory of the worker after these", end, "MB", f"{half:.1f} after half of them")


def measure(name: str, urls: tuple[str, str], origin: str, folder: Path, alone: float) -> None:
    """Print all that one kind of database has to do with, on two fresh ones."""
    with fresh_app(urls[0], folder) as app:
        rates(name, app, origin, alone)
    with fresh_app(urls[1], folder):
        notices.fill(origin, CROWD // EACH, EACH)
        crowd(name, folder, several="postgresql" in urls[1])
        little, much = stored.claim_costs(STORED)
        beside = f"{much:.2f} ms with {STORED} stored, {much / little:.2f} times as much"
        say(f"{name}: a claim of {stored.CLAIM} with {stored.DUE} stored", little, "ms", beside)


def say(what: str, value: float, unit: str, remark: str = "") -> None:
    """Print one line."""
    number = f"{value:.0f}" if value >= 100 else f"{value:.2f}"
    print(f"{number:>10} {unit:<10} {what}{f' ({remark})' if remark else ''}", flush=True)


def main() -> None:
    """Everything in one run, against the same push service."""
    with (
        tempfile.TemporaryDirectory() as made,
        notices.quick_service() as origin,
        postgres_server() as postgres,
    ):
        folder = Path(made)
        with fresh_app(f"sqlite:///{folder / 'alone.db'}", folder):
            encrypting, sealing = notices.encrypting(2_000), notices.sealing(2_000)
            say("the package's encryption alone, one thread", encrypting, "messages/s")
            beside = f"{encrypting / sealing:.2f} times the cost"
            say("our sealing, checks included", sealing, "messages/s", beside)
            alone = notices.sealing_and_posting(origin, 4_000)
            say("sealing and posting, no database", alone, "messages/s")
        files = f"sqlite:///{folder / 'rates.db'}", f"sqlite:///{folder / 'crowd.db'}"
        measure("SQLite", files, origin, folder, alone)
        postgres.be_careful()
        names = postgres.url(postgres.create()), postgres.url(postgres.create())
        measure("PostgreSQL", names, origin, folder, alone)


if __name__ == "__main__":
    main()
