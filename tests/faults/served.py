"""Serve the app in a process of its own: `python -m tests.faults.served PORT FILE`.

As long as FILE is there, whatever was sent is acted upon and its answer never leaves.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from app import app

port, held_back = int(sys.argv[1]), Path(sys.argv[2])


def late(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the app does, but not while the file is there."""
    answer = app.wsgi_app(environ, start)
    while environ["REQUEST_METHOD"] == "POST" and held_back.exists():
        time.sleep(0.05)
    return answer


make_server("127.0.0.1", port, late, threaded=True).serve_forever()
