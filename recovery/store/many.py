"""Statements about many rows whose words are the same however many rows there are.

One place for each value is what SQLAlchemy writes. psycopg takes a statement with more than 50 of
them apart anew each time, and PostgreSQL plans it anew: that was a quarter of what a notice cost
around the database. So PostgreSQL is given one array for each column instead.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, column, func, insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from recovery.store.database import Base, db


def among(number: InstrumentedAttribute[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether a column's number is one of these."""
    if db.engine.dialect.name == "postgresql":
        return number == any_(literal(list(numbers), ARRAY(number.type)))
    return number.in_(numbers)


def keep_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write rows of the same columns in one statement and return their ids in order. Does not
    commit."""
    table = model.__table__
    if db.engine.dialect.name != "postgresql":
        kept = insert(model).returning(table.c.id, sort_by_parameter_order=True)
        return list(db.session.connection().execute(kept, rows).scalars())
    names = list(rows[0])
    arrays = [literal([row[name] for row in rows], ARRAY(table.c[name].type)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    given = func.unnest(*arrays).table_valued(*columns, with_ordinality="place").render_derived()
    # Ids are numbered in the order of what is selected, so that sorted they are in order again.
    chosen = select(*(given.c[name] for name in names)).order_by(given.c.place)
    kept = insert(model).from_select(names, chosen).returning(table.c.id)
    return sorted(db.session.connection().execute(kept).scalars())
