"""The audit of what we depend on fails for what it finds, and never for a network that is away."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from recovery.config import ROOT

HASH = f"--hash=sha256:{'0' * 64}"


class Database(ThreadingHTTPServer):
    """A vulnerability database that speaks as OSV does; `known` maps a package to what it has."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/query"


class Answers(BaseHTTPRequestHandler):
    server: Database

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        self.server.asked.append(name)
        fault = self.server.known.get(name)
        body: dict[str, Any] = {}
        if fault:
            affected = {
                "package": asked["package"],
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}],
            }
            body = {"vulns": [{"id": fault, "summary": "It leaks.", "affected": [affected]}]}
        said = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def database() -> Iterator[Database]:
    with Database() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text(f"flask==3.1.3 \\\n    {HASH}\nsegno==1.6.6 \\\n    {HASH}\n")
    return file


def audit(file: Path, url: str) -> tuple[int, str]:
    command = [sys.executable, str(ROOT / ".ci" / "audit"), "--osv-url", url, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_every_pinned_package_is_asked_about(database: Database, pins: Path) -> None:
    status, words = audit(pins, database.url)
    assert (status, sorted(database.asked)) == (0, ["flask", "segno"])
    assert "2 packages, no known vulnerability." in words


def test_a_known_vulnerability_fails_and_is_named(database: Database, pins: Path) -> None:
    database.known["segno"] = "PYSEC-2026-1"
    status, words = audit(pins, database.url)
    assert (status, "segno 1.6.6 has PYSEC-2026-1; mended: 9" in words) == (1, True), words


def test_without_a_network_it_says_not_checked_and_fails_nothing(pins: Path) -> None:
    status, words = audit(pins, "http://127.0.0.1:1/v1/query")
    assert (status, "NOT CHECKED" in words) == (0, True)


def test_a_pin_without_a_hash_fails(database: Database, pins: Path) -> None:
    pins.write_text("flask==3.1.3\n")
    status, words = audit(pins, database.url)
    assert (status, "without version or hash: flask==3.1.3" in words) == (1, True)


def test_our_own_pins_all_have_hashes_and_name_no_host(database: Database) -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        status, words = audit(ROOT / name, database.url)
        assert (status, "no known vulnerability." in words) == (0, True), words
        assert "://" not in (ROOT / name).read_text()
