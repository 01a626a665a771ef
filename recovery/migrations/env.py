"""Run migrations on the app's own engine, each run in one transaction on both databases."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, types

from recovery.store.database import UtcDateTime

migrate = current_app.extensions["migrate"]


def render_item(kind: str, item: object, _autogen: object) -> str | bool:
    """Write our own column types as the plain ones they are stored as.

    A migration must keep its meaning when the code moves on."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, types.Enum):
        return f"sa.String(length={item.length})"
    return False


def migrate_online(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        render_item=render_item,
        transactional_ddl=True,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    engine = migrate.db.engine
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            migrate_online(connection)
            return
        # A batch change drops and remakes a table: with foreign keys on, that would delete the
        # rows that point at it. The pragma works outside a transaction only.
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            migrate_online(connection)
            broken = raw.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"The migration left {len(broken)} rows pointing at nothing.")
        finally:
            raw.rollback()
            raw.execute("PRAGMA foreign_keys=ON")


run()
