"""`python app.py`: it starts, keeps what it made, and says plainly what stands in its way."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from recovery.config import ROOT

Start = Callable[..., "subprocess.Popen[str]"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Run `python app.py` with an instance folder of its own."""

    def start(**environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-u", "app.py"],
            cwd=ROOT,
            env=os.environ | {"RECOVERY_INSTANCE": str(tmp_path / "instance")} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def wait_for(port: int) -> int:
    """The status of a page that is not there, as soon as the server answers (20 s at most)."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urlopen(f"http://127.0.0.1:{port}/nowhere", timeout=5).close()
        except HTTPError as error:
            error.close()
            return error.code
        except URLError:
            time.sleep(0.02)
    raise AssertionError("the server does not answer")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(start: Start, stop: signal.Signals) -> None:
    port = free_port()
    process = start(PORT=str(port))
    try:
        assert wait_for(port) == 404
    finally:
        process.send_signal(stop)
    output, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "Homeward has stopped." in output
    assert "Traceback" not in output


def test_a_second_start_keeps_the_keys_and_the_database(start: Start, tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        port = free_port()
        process = start(PORT=str(port))
        try:
            wait_for(port)
        finally:
            process.terminate()
            process.communicate(timeout=15)
        keys.append((tmp_path / "instance" / "secret.key").read_text())
    assert keys[0] == keys[1]
    assert (tmp_path / "instance" / "homeward.db").stat().st_size > 0


def assert_one_sentence(process: "subprocess.Popen[str]", words: str) -> None:
    output, _ = process.communicate(timeout=15)
    assert process.returncode == 3
    assert words in output
    assert len(output.strip().splitlines()) == 1


def test_a_used_port_gets_one_sentence(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert_one_sentence(start(PORT=str(port)), f"Port {port} is in use")


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_a_port_that_is_none_gets_one_sentence(start: Start, port: str) -> None:
    assert_one_sentence(start(PORT=port), "PORT must be a number")


def test_a_folder_that_cannot_be_made_gets_one_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "instance")
    assert_one_sentence(start(RECOVERY_INSTANCE=folder), "cannot write to the folder")


def test_production_without_keys_gets_one_sentence(start: Start) -> None:
    assert_one_sentence(start(RECOVERY_ENVIRONMENT="production"), "RECOVERY_SECRET_KEY")


def test_a_file_that_is_no_database_gets_one_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "homeward.db").write_text("This is a letter, not a database. " * 40)
    assert_one_sentence(start(PORT=str(free_port())), "cannot use its database")
