"""One look of Lighthouse at one page: mobile, with its own slow 4G and slowed processor."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.browser.chromium import EXECUTABLE
from tests.lighthouse.places import Place

CATEGORIES: Final = ("performance", "accessibility", "best-practices")
TIMES: Final = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "speed-index",
    "total-blocking-time",
    "cumulative-layout-shift",
)
#: Where `make lighthouse` puts it.
LIGHTHOUSE: Final = Path(sys.prefix) / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
#: The phone's clock, like the clinic's: no second time stands beside the first.
ZONE: Final = "America/New_York"
CHROMIUM_FLAGS: Final = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking"
    " --disable-component-update --disable-sync"
)


@dataclass(frozen=True)
class Look:
    """Scores from 0 to 100, what they are made of, and which audits cost points."""

    scores: dict[str, float]
    times: str
    faults: list[str]


def look_at(url: str, place: Place) -> Look:
    """Load the page as a phone that was never there. Raises when Lighthouse cannot.

    It loses a trace now and then, says so and asks to be run again; twice is believed.
    """
    command = [
        str(LIGHTHOUSE),
        url + place.path,
        "--quiet",
        "--no-enable-error-reporting",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={CHROMIUM_FLAGS}",
        f"--extra-headers={json.dumps({'Cookie': place.cookie})}",
    ]
    environment = os.environ | {"CHROME_PATH": EXECUTABLE, "TZ": ZONE}
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0 or "Please run Lighthouse again" not in done.stderr:
            break
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return _read(json.loads(done.stdout))


def _read(report: dict[str, Any]) -> Look:
    if fault := report.get("runtimeError"):
        raise RuntimeError(fault["message"])
    audits = report["audits"]
    weighed = {
        part["id"]
        for category in report["categories"].values()
        for part in category["auditRefs"]
        if part["weight"]
    }
    faults = [
        f"{audit['title']}: {audit.get('displayValue', '')}"
        for name, audit in audits.items()
        if name in weighed - set(TIMES) and (audit["score"] or 0) < 1
        if audit["scoreDisplayMode"] not in {"notApplicable", "manual", "informative"}
    ]
    return Look(
        {name: report["categories"][name]["score"] * 100 for name in CATEGORIES},
        ", ".join(f"{audits[name]['title']} {audits[name]['displayValue']}" for name in TIMES),
        faults,
    )
