"""Scripts, styles and icons under one address a build, so that they may be cached for ever.

The whole folder shares one hash: hashing single files would break relative ES imports.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, send_from_directory

YEAR: Final = 365 * 24 * 60 * 60  # seconds
EXTENSION: Final = "recovery.build"


@cache
def build_of(folder: Path) -> str:
    """Twelve hex digits that change when any file in the folder does; read once a process."""
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def static_url(filename: str) -> str:
    """The address of a file in `static/`, for templates and for the offline list."""
    return f"/static/{current_app.extensions[EXTENSION]}/{quote(filename)}"


def attach(app: Flask, folder: Path) -> None:
    """Serve the folder. The address of another build is not found: old pages must not mix with
    new scripts, and every page works without its scripts."""
    app.extensions[EXTENSION] = build_of(folder)
    app.jinja_env.globals["static_url"] = static_url

    @app.get("/static/<build>/<path:filename>", endpoint="static")
    def static(build: str, filename: str) -> Response:
        if build != app.extensions[EXTENSION]:
            abort(404)
        response = send_from_directory(folder, filename, max_age=YEAR)
        response.cache_control.immutable = True
        response.cache_control.public = True
        return response
