"""Worker processes for tests that stop and kill them."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from recovery.config import ROOT, Settings


class WorkerProcess:
    """`flask --app app worker` with the settings of a test app, logging into a file.

    `clock`: a file that holds by how many seconds the clock of the whole process is shifted.
    """

    def __init__(
        self, settings: Settings, log: Path, clock: Path | None = None, **variables: str
    ) -> None:
        self.log = log
        flask = ["flask", "--app", "app"] if clock is None else ["tests.faults.shifted", str(clock)]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *flask, "worker"],
                cwd=ROOT,
                env=os.environ | environment(settings) | variables,
                stdout=out,
                stderr=out,
            )

    def kill(self) -> None:
        """Power off: nothing is tidied up."""
        _, *others = self.family
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        for pid in others:  # Else one that stands still would never see that it is alone.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def end(self) -> int:
        """Ask it to stop and wait; returns the exit code, fails after ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def stand_still(self) -> None:
        """Stop it in its tracks, with its post room, as a machine that is suspended does."""
        for pid in self.family:
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on as if nothing had happened."""
        for pid in self.family:
            os.kill(pid, signal.SIGCONT)

    @property
    def family(self) -> list[int]:
        """Its own process and that of its post room."""
        return [self.process.pid, *children_of(self.process.pid)]

    @property
    def said(self) -> str:
        """What it logged so far."""
        return self.log.read_text()


def children_of(pid: int, words: str = "") -> list[int]:
    """The processes that a process has started and that still run, with these words in how they
    were called."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for task in tasks for child in task.read_text().split()]
    return [child for child in found if words in Path(f"/proc/{child}/cmdline").read_text()]


def environment(settings: Settings) -> dict[str, str]:
    """The settings of a test app as a process reads them."""
    return {
        "RECOVERY_DATABASE_URL": settings.database_url,
        "RECOVERY_INSTANCE": str(settings.instance),
        "RECOVERY_SECRET_KEY": settings.secret_key.get_secret_value(),
        "RECOVERY_VAPID_PRIVATE_KEY": settings.vapid_private_key.get_secret_value(),
        "RECOVERY_AUDIT_KEY": settings.audit_key.get_secret_value(),
        "RECOVERY_ALLOW_LOOPBACK_PUSH": "true",
        "RECOVERY_DEMO": "none",
        "RECOVERY_LOG": "json",
    }
