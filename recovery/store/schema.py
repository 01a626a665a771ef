"""Which revision the database is at, and which one this release brings."""

from pathlib import Path
from typing import Final

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from recovery.store.database import db

MIGRATIONS: Final = Path(__file__).parent.parent / "migrations"


def newest_revision() -> str:
    """The revision that the models of this release need."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def present_revision() -> str:
    """The revision that the database is at; "" for one without tables. Raises SQLAlchemyError."""
    context = MigrationContext.configure(db.session.connection())
    return context.get_current_revision() or ""
