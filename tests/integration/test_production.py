"""As in production: gunicorn and a worker as processes of their own, on PostgreSQL."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from recovery.config import ROOT, fresh_keys
from tests.integration.test_start import free_port
from tests.waiting import until

BIN = Path(sys.executable).parent
HOST = "home.example.org"
Run = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def run(postgresql_url: str) -> Iterator[Run]:
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
        }
    )
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> "subprocess.Popen[bytes]":
        running.append(
            subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def health(port: int, host: str = HOST) -> int:
    """The status of /healthz; 0 while nobody answers."""
    asked = Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        with urlopen(asked, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (URLError, ConnectionError):
        return 0


def test_web_and_worker_start_tell_their_health_and_stop(run: Run) -> None:
    port = free_port()
    web = run("gunicorn", "--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "app:app")
    assert until(lambda: health(port), 30, "gunicorn") == 503, "no worker is alive"
    worker = run("flask", "--app", "app", "worker")
    until(lambda: health(port) == 200, 30, "the worker's sign of life")
    assert health(port, "evil.example") == 400
    for process in (worker, web):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
