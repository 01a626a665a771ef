"""A web process that can be killed, and a browser that notices."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from recovery.config import ROOT, Settings
from tests.integration.test_start import free_port
from tests.waiting import until
from tests.workers import environment

PATIENCE = 20.0
"""Seconds that a browser waits for an answer: far above what a database that is away may take."""


class WebProcess:
    """The app with the settings of a test, on a port of its own; up when constructed."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.port, self.held_back = free_port(), log.with_suffix(".held-back")
        served = ["-m", "tests.faults.served", str(self.port), str(self.held_back)]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, *served],
                cwd=ROOT,
                env=os.environ | environment(settings),
                stdout=out,
                stderr=out,
            )
        until(lambda: self.health() != 0, 30, "the web process answers")

    def health(self) -> int:
        """The status of /healthz; 0 while nobody answers."""
        try:
            return Browser(self.port).get("/healthz").status
        except OSError:
            return 0

    def kill(self) -> None:
        """Power off: nothing is tidied up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(slots=True)
class Browser:
    """Somebody's browser: keeps cookies, and fails with OSError when an answer breaks off."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, "", {})

    def send(self, path: str, body: dict[str, Any], token: str) -> Answer:
        """Send JSON, as the queue of the phone does; `token` comes from `token()`."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": token}
        return self._ask("POST", path, json.dumps(body), headers)

    def token(self) -> str:
        """A form token for this browser."""
        return str(self.get("/form-token").json["token"])

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body or None, headers | {"Cookie": sent})
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                baked = SimpleCookie(line)
                self.cookies |= {name: morsel.value for name, morsel in baked.items()}
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
        finally:
            connection.close()
