"""Run `flask --app app …` in a process whose clock a test can set: `python -m tests.faults.shifted
FILE worker`, where FILE holds the seconds by which all clocks of Python are shifted.

What datetime, time and so every library in the process reads is shifted; seconds since the
machine started go on, as they do when somebody sets a real clock. What the file says at first
was so before the process began.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import time_machine

from app import app

LOOKS_EVERY = 0.05


def follow(file: Path, clock: "time_machine.Traveller", shifted: float) -> None:
    """Shift the clock whenever the file says something new."""
    while True:
        wanted = float(file.read_text() or shifted)
        if wanted != shifted:
            clock.shift(timedelta(seconds=wanted - shifted))
            shifted = wanted
        time.sleep(LOOKS_EVERY)


file = Path(sys.argv[1])
at_first = float(file.read_text())
with time_machine.travel(datetime.now(UTC) + timedelta(seconds=at_first), tick=True) as clock:
    Thread(target=follow, args=(file, clock, at_first), daemon=True).start()
    app.cli.main(args=sys.argv[2:], prog_name="flask")
