"""Print Lighthouse's scores; end with 1 when one of them is under its limit."""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

from recovery import create_app
from recovery.clock import system_now
from recovery.store.database import db
from tests.conftest import settings_for
from tests.databases import migrate
from tests.lighthouse.looks import CATEGORIES, Look, look_at
from tests.lighthouse.places import Place, places_in
from tests.lighthouse.served import served

#: The least score of each, from 0 to 100.
LIMITS: Final = dict(zip(CATEGORIES, (99, 100, 100), strict=True))
#: A machine that is busy with something else slows a page down: the middle one of these counts.
LOOKS: Final = 3


def main(only: list[str]) -> int:
    """Look at the pages named, or at all of them; say what could be better about each."""
    good = True
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        settings = settings_for(f"sqlite:///{folder / 'homeward.db'}", folder)
        migrate(settings)
        app = create_app(settings)
        with app.app_context():
            places = places_in(app, system_now())
            db.engine.dispose()
        with served(settings) as url:
            for name in only or places:
                good &= judge(url, places[name])
    return 0 if good else 1


def judge(url: str, place: Place) -> bool:
    """Print one line of scores, and beneath it what costs points."""
    warm_up(url, place)
    looks = [look_at(url, place) for _ in range(LOOKS)]
    scores = {
        kind: round(statistics.median(each.scores[kind] for each in looks)) for kind in LIMITS
    }
    print(
        "   ".join(f"{score:3} {kind}" for kind, score in scores.items()),
        f"  {place.words}",
        flush=True,
    )
    middle: Look = sorted(looks, key=lambda each: each.scores["performance"])[LOOKS // 2]
    for line in (middle.times, *sorted({line for each in looks for line in each.faults})):
        print(f"      {line}", flush=True)
    return all(scores[kind] >= least for kind, least in LIMITS.items())


def warm_up(url: str, place: Place) -> None:
    """Ask once before: the first request of a process also reads templates and catalogues."""
    urlopen(Request(url + place.path, headers={"Cookie": place.cookie})).close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
