"""Rows of an earlier release, put back into a database that is at that release's revision."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, Column, Date, DateTime, MetaData, Table, inspect, text
from sqlalchemy.engine import Connection

from recovery.store.database import db

FOLDER: Final = Path(__file__).parent
#: The first release; its rows were written by its own code: a visit from the booking to the wait,
#: with the phone of the patient, a driver, notices sent and seen, a check-in, and one to come.
FIRST: Final = "638d3f37bb42"

Rows = dict[str, list[dict[str, Any]]]


def kept_rows(revision: str = FIRST) -> Rows:
    """The rows as that release wrote them, by table."""
    rows: Rows = json.loads((FOLDER / f"{revision}.json").read_text(encoding="utf-8"))
    return rows


def put_in(rows: Rows) -> None:
    """Insert rows into the tables as they are now, not as today's models would have them."""
    tables = MetaData()
    with db.engine.begin() as connection:
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name in rows:
                values = [_as_stored(table, row) for row in rows[table.name]]
                connection.execute(table.insert(), values)
        _count_on(connection, tables)


def counts() -> dict[str, int]:
    """How many rows each table has."""
    with db.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {
            name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in names
        }


def _as_stored(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.c[name], value) for name, value in row.items()}


def _value(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if value is None:
        return None
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return datetime.fromisoformat(f"{value}+00:00") if kind.timezone else moment
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, JSON):
        return json.loads(value)
    return bool(value) if kind.python_type is bool else value


def _count_on(connection: Connection, tables: MetaData) -> None:
    """PostgreSQL's own counters go on after the ids that were given."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables.sorted_tables:
        if "id" in table.c and table.c.id.type.python_type is int:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"
                    f" (SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
                )
            )
