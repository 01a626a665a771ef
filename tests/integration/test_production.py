"""As in production: what the units start, as processes of their own, on PostgreSQL."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from recovery.config import ROOT, fresh_keys
from tests.databases import Postgres
from tests.deployment import command_of
from tests.integration.test_start import free_port
from tests.waiting import until

BIN = Path(sys.executable).parent
HOST = "home.example.org"
Run = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def run(postgresql_url: str, postgres: Postgres, tmp_path: Path) -> Iterator[Run]:
    """Start a command with the settings of a production of its own; all end with the test."""
    keys = dict(line.split("=", 1) for line in fresh_keys().splitlines())
    environment = (
        os.environ
        | keys
        | {
            "RECOVERY_ENVIRONMENT": "production",
            "RECOVERY_DATABASE_URL": postgresql_url,
            "RECOVERY_PUBLIC_URL": f"https://{HOST}",
            "RECOVERY_VAPID_SUBJECT": "mailto:it@example.org",
            "RECOVERY_BACKUPS": str(tmp_path),
            # pg_dump of the server's own version comes first.
            "PATH": f"{postgres.tools}{os.pathsep}{os.environ['PATH']}",
        }
    )
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **more: str) -> "subprocess.Popen[bytes]":
        running.append(
            subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=ROOT,
                env=environment | more,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


class Notified:
    """The socket at which systemd hears that a service of Type=notify is ready."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(30)
        self.environment = {"NOTIFY_SOCKET": str(self.path)}

    def words(self) -> bytes:
        """What came first."""
        return self.socket.recv(4096)


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[Notified]:
    heard = Notified(tmp_path)
    yield heard
    heard.socket.close()


def health(port: int, host: str = HOST) -> int:
    """The status of /healthz; 0 while nobody answers, or not yet within seconds."""
    asked = Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        with urlopen(asked, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (URLError, ConnectionError, TimeoutError):
        return 0


def test_web_and_worker_start_tell_their_health_and_stop(run: Run, notified: Notified) -> None:
    port = free_port()
    assert run(*command_of("homeward-migrate.service")).wait(60) == 0
    words = command_of("homeward-web.service")
    web = run(*[word.replace(":8000", f":{port}") for word in words], **notified.environment)
    assert until(lambda: health(port), 60, "gunicorn") == 503, "no worker is alive"
    assert b"READY=1" in notified.words(), "systemd is told when pages are served"
    worker = run(*command_of("homeward-worker.service"))
    until(lambda: health(port) == 200, 60, "the worker's sign of life")
    assert health(port, "evil.example") == 400
    for process in (worker, web):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_nightly_backup_copies_the_database_while_it_is_in_use(
    run: Run, tmp_path: Path
) -> None:
    worker = run(*command_of("homeward-worker.service"))
    assert run(*command_of("homeward-backup.service")).wait(60) == 0
    [made] = tmp_path.glob("homeward-*.backup")
    assert made.read_bytes().startswith(b"PGDMP")
    assert worker.poll() is None
