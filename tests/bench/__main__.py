"""Run all benches and print rates and ratios.

`--crowd` and `--stored` make it small: `make bench ARGS="--crowd 1000 --stored 10000"`.
"""

import argparse
import logging
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask

from recovery import create_app
from recovery.config import Settings
from recovery.delivery.keys import new_vapid_key
from recovery.store.database import db
from tests.bench import crowds, notices, pages, stored
from tests.bench.costs import PROCESSORS, middle
from tests.bench.figures import at_least, at_most, say
from tests.bench.where import Ours, profile
from tests.databases import Postgres, migrate, postgres_server

PEOPLE, EACH = 100, 20
ROUNDS = 5
LITTLE = 1.25  # of the package's own encryption


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


def rates(name: str, app: Flask, origin: str, postgres: Postgres | None) -> None:
    """Print the rate of one worker beside the plain loop's and that of no database at all."""
    notices.fill(origin, PEOPLE, EACH)
    with closing(Ours(app, postgres)) as worker:
        rounds = [
            (
                notices.plain_loop(postgres),
                worker.measure(),
                notices.sealing_and_posting(origin, 2_000),
            )
            for _ in range(ROUNDS)
        ]
    plain, our, alone = map(middle, zip(*rounds, strict=True))
    say(f"{name}: plain loop with pywebpush, one commit a row", plain.a_second, "notices/s")
    say(f"{name}: sealing and posting, no database", alone.a_second, "notices/s")
    say(f"{name}: one Homeward worker", our.a_second, "notices/s")
    for what, measured in ("plain loop", plain), ("no database", alone), ("one worker", our):
        say(f"{name}: {what}, of a processor a notice", measured.whole, "ms", measured.words)
    most = f"{our.bound / plain.a_second:.1f} plain loops, {our.bound / alone.a_second:.2f} of none"
    say(
        f"{name}: what {PROCESSORS} processors allow if nothing waits", our.bound, "notices/s", most
    )
    limits = f"{our.bound:.0f}/s is all there is; {profile(app)}"
    ratio = statistics.median(our.a_second / plain.a_second for plain, our, _ in rounds)
    say(f"{name}: beside the plain loop", ratio, "times", target=at_least(5), limits=limits)
    ratio = statistics.median(our.a_second / alone.a_second for _, our, alone in rounds)
    say(f"{name}: beside no database", ratio, "times", target=at_least(0.85), limits=limits)
    wait, empty = pages.wait_page(app, 200), pages.empty_page(2_000)
    beside = f"an empty Flask page: {empty:.0f}/s, so it costs {empty / wait:.0f} of them"
    say(f"{name}: the patient's wait page", wait, "pages/s", beside)


def crowd(name: str, folder: Path, several: bool) -> None:
    """Print how many notices fare: all at once, over a minute, with two workers."""
    one = crowds.run(folder, timedelta())
    used, all_out = processors(one), f"{name}: {len(one.late)} due in one instant, all out after"
    say(all_out, one.seconds, "s", target=at_most(10), limits=used)
    if several:
        two = crowds.run(folder, timedelta(), workers=2)
        beside = f"{one.seconds / two.seconds:.2f} times as fast as one; {processors(two)}"
        beside += f"; of their time in PostgreSQL: {waits(two)}; of one worker's: {waits(one)}"
        say(f"{name}: the same with two workers", two.seconds, "s", beside)
    spread = crowds.run(folder, timedelta(minutes=1))
    p99, beside = spread.at(0.99), f"p50 {spread.at(0.5):.2f} s, latest {spread.late[-1]:.2f} s"
    over = f"{name}: {len(one.late)} due over a minute, p99"
    say(over, p99, "s late", beside, target=at_most(2), limits=processors(spread))
    half, end = spread.memory[0]
    say(f"{name}: memory of the worker after these", end, "MB", f"{half:.1f} after half of them")


def processors(ran: crowds.Ran) -> str:
    """What the workers needed, and what they had to share the machine with."""
    return (
        f"{ran.processor:.2f} ms of a processor a notice, all {os.cpu_count()} processors"
        f" {100 * ran.busy:.0f} % busy with them, the database, the push service and what else ran"
    )


def waits(ran: crowds.Ran) -> str:
    """What the workers' connections were busy with, the longest first."""
    looks = max(ran.waits.total(), 1)
    return ", ".join(
        f"{what} {100 * seen / looks:.0f} %" for what, seen in ran.waits.most_common(5)
    )


def measure(
    name: str,
    urls: tuple[str, str],
    origin: str,
    folder: Path,
    postgres: Postgres | None,
    wanted: argparse.Namespace,
) -> None:
    """Print all that one kind of database has to do with, on two fresh ones."""
    with fresh_app(urls[0], folder) as app:
        rates(name, app, origin, postgres)
    with fresh_app(urls[1], folder):
        notices.fill(origin, wanted.crowd // EACH, EACH)
        crowd(name, folder, several=postgres is not None)
        little, much = stored.claim_costs(wanted.stored)
        beside = f"{little:.2f} ms of a processor and {much:.2f}"
        told = f"{name}: a claim of {stored.CLAIM}, {wanted.stored} stored beside {stored.DUE}"
        say(told, much / little, "times", beside, target=at_most(1.2), limits=stored.LIMITS)


def sizes() -> argparse.Namespace:
    """How much to measure."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--crowd", type=int, default=10_000, help="notices due at once")
    parser.add_argument("--stored", type=int, default=1_000_000, help="notices stored")
    return parser.parse_args()


def main(wanted: argparse.Namespace) -> None:
    """Everything in one run, against the same push service."""
    with (
        tempfile.TemporaryDirectory() as made,
        notices.quick_service() as origin,
        postgres_server() as postgres,
    ):
        folder = Path(made)
        with fresh_app(f"sqlite:///{folder / 'alone.db'}", folder):
            pairs = [(notices.encrypting(500), notices.sealing(500)) for _ in range(7)]
            encrypting, sealing = (statistics.median(rates) for rates in zip(*pairs, strict=True))
            say("the package's encryption alone, one thread", encrypting, "messages/s")
            say("our sealing, checks included", sealing, "messages/s")
            cost, limits = encrypting / sealing, "judging the phone's keys anew for each message"
            say("its cost", cost, "times", target=at_most(LITTLE), limits=limits)
        files = f"sqlite:///{folder / 'rates.db'}", f"sqlite:///{folder / 'crowd.db'}"
        measure("SQLite", files, origin, folder, None, wanted)
        postgres.be_careful()
        names = postgres.url(postgres.create()), postgres.url(postgres.create())
        measure("PostgreSQL", names, origin, folder, postgres, wanted)


if __name__ == "__main__":
    main(sizes())
