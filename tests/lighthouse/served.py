"""The app behind gunicorn, as in production, without a worker."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from recovery.config import ROOT, Settings
from tests.waiting import until
from tests.workers import environment

GUNICORN = Path(sys.executable).with_name("gunicorn")


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve an app with these settings; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    how = ("--worker-class", "gthread", "--threads", "8", "--log-level", "warning")
    process = subprocess.Popen(
        [GUNICORN, *how, "--bind", f"127.0.0.1:{port}", "app:app"],
        cwd=ROOT,
        env=os.environ | environment(settings) | {"RECOVERY_PUBLIC_URL": url},
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(url), 30, "gunicorn")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/offline", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
