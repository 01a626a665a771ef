"""Run all benches and print rates and ratios."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from recovery import create_app
from recovery.config import Settings
from recovery.delivery.keys import new_vapid_key
from recovery.store.database import db
from tests.bench import notices, pages
from tests.databases import migrate, postgres_server

PEOPLE, EACH = 50, 30


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


def measure(name: str, url: str, origin: str, folder: Path) -> None:
    """Print our rate and the plain loop's on one database."""
    with fresh_app(url, folder) as app:
        notices.fill(origin, PEOPLE, EACH)
        plain, ours = notices.plain_loop(), notices.ours(app)
        wait, empty = pages.wait_page(app, 200), pages.empty_page(2_000)
    say(f"{name}: plain loop with pywebpush, one commit a row", plain, "notices/s")
    say(f"{name}: one Homeward worker", ours, "notices/s", f"{ours / plain:.1f} times as many")
    say(f"{name}: the patient's wait page", wait, "pages/s", f"an empty Flask page: {empty:.0f}/s")
    print(f"{'':>10}  one wait page costs {empty / wait:.0f} empty pages")


def say(what: str, rate: float, unit: str, remark: str = "") -> None:
    print(f"{rate:10.0f} {unit:<10} {what}{f' ({remark})' if remark else ''}", flush=True)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as made,
        notices.quick_service() as origin,
        postgres_server() as postgres,
    ):
        folder = Path(made)
        with fresh_app(f"sqlite:///{folder / 'alone.db'}", folder):
            say("sealing alone, one thread", notices.sealing(1_000), "messages/s")
            rate = notices.sealing_and_posting(origin, 2_000)
            say("sealing and posting, no database", rate, "messages/s")
        measure("SQLite", f"sqlite:///{folder / 'bench.db'}", origin, folder)
        postgres.be_careful()
        measure("PostgreSQL", postgres.url(postgres.create()), origin, folder)


if __name__ == "__main__":
    main()
