"""What a claim costs when little and when much is stored beside what is due."""

import statistics
import time
from datetime import timedelta

from sqlalchemy import String, cast, func, insert, literal, select, true

from recovery.clock import system_now
from recovery.services.claims import claim_due
from recovery.store.database import db
from recovery.store.notices import Notice
from tests.bench.figures import processor_of_one_thread

DUE, CLAIM, TIMES = 1_000, 100, 40
LIMITS = "pages of rows and indexes that no longer fit into the cache"


def claim_costs(much: int) -> tuple[float, float]:
    """Milliseconds of a processor for a claim of 100 among 1,000 that are due: those alone, and
    among `much`."""
    stored(DUE, due=True)
    little = claim_cost()
    stored(much - DUE, due=False)
    return little, claim_cost()


def claim_cost() -> float:
    """The middle one of many claims, each rolled back."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE notice")
    took = []
    for _ in range(TIMES):
        began = processor()
        assert len(claim_due(CLAIM, system_now())) == CLAIM
        took.append(processor() - began)
        db.session.rollback()
    return statistics.median(took) * 1000


def processor() -> float:
    """Seconds of a processor used so far by us, and by the server that does our work."""
    if db.engine.dialect.name == "sqlite":
        return time.process_time()
    server = db.session.scalar(select(func.pg_backend_pid()))
    assert server is not None
    return time.process_time() + processor_of_one_thread(server)


def stored(count: int, *, due: bool) -> None:
    """Copy the oldest notice so many times, as due now or as long done."""
    table = Notice.__table__
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    first = select(table).order_by(table.c.id).limit(1).cte("first")
    when = system_now() - timedelta(minutes=1) if due else None
    told = {
        "occasion": literal("due-" if due else "done-").concat(cast(numbers.c.n, String)),
        "state": literal("owed" if due else "acknowledged"),
        "next_at": literal(when, table.c.next_at.type),
        "lease_until": literal(None, table.c.lease_until.type),
    }
    names = [column.name for column in table.columns if column.name != "id"]
    copied = select(*(told.get(name, first.c[name]) for name in names))
    copied = copied.select_from(first.join(numbers, true()))
    db.session.execute(insert(table).from_select(names, copied))
    db.session.commit()
