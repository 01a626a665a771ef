"""Scripts, styles and icons under one address a build, so that they may be cached for ever.

The whole folder shares one hash: a file is sent with all that it imports (`joining.py`), so that
a change in one is a change in others. Files are read once a process and kept, compressed too: the
folder is small, and only what is public goes through here.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, request

from recovery.web.joining import joined

YEAR: Final = 365 * 24 * 60 * 60  # seconds
EXTENSION: Final = "recovery.build"
#: Pictures in PNG are compressed already.
TEXT: Final = frozenset({".css", ".js", ".svg", ".txt", ".webmanifest"})
mimetypes.add_type("image/webp", ".webp")  # known to Python from 3.13 on


@dataclass(frozen=True)
class Sent:
    """A file as it goes over the wire."""

    name: str
    body: bytes

    @cached_property
    def compressed(self) -> bytes:
        """By gzip, with no time in it: the same file is the same bytes everywhere."""
        return gzip.compress(self.body, 9, mtime=0)

    @property
    def is_text(self) -> bool:
        """Whether compressing earns anything."""
        return Path(self.name).suffix in TEXT


@cache
def files_of(folder: Path) -> dict[str, Sent]:
    """Every file of the folder by its name; read once a process. Raises CannotBeJoined."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    return {name: Sent(name, joined(path)) for name, path in zip(names, paths, strict=True)}


@cache
def build_of(folder: Path) -> str:
    """Twelve hex digits that change when anything that is sent does."""
    digest = sha256()
    for name, file in files_of(folder).items():
        digest.update(f"{name}\0{len(file.body)}\0".encode())
        digest.update(file.body)
    return digest.hexdigest()[:12]


def static_url(filename: str) -> str:
    """The address of a file in `static/`, for templates and for the offline list."""
    return f"/static/{current_app.extensions[EXTENSION]}/{quote(filename)}"


def attach(app: Flask, folder: Path) -> None:
    """Serve the folder. The address of another build is not found: old pages must not mix with
    new scripts, and every page works without its scripts."""
    current, files = build_of(folder), files_of(folder)
    app.extensions[EXTENSION] = current
    app.jinja_env.globals["static_url"] = static_url

    @app.get("/static/<build>/<path:filename>", endpoint="static")
    def static(build: str, filename: str) -> Response:
        if build != current or filename not in files:
            abort(404)
        response = answer(files[filename])
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
        response.cache_control.public = True
        return response


def answer(file: Sent) -> Response:
    """Send a public text or picture, compressed where the browser can read that.

    Never for a page: compressing what holds a person's secrets beside what a stranger chose tells
    the secrets by the length (BREACH).
    """
    squeezed = file.is_text and request.accept_encodings.quality("gzip") > 0
    body = file.compressed if squeezed else file.body
    response = Response(body, mimetype=mimetypes.guess_type(file.name)[0])
    if file.is_text:
        response.vary.add("Accept-Encoding")
    if squeezed:
        response.content_encoding = "gzip"
    response.add_etag()
    response.make_conditional(request.environ)
    return response
