"""A clinic's look as files: its colours as a small style, its logo as a picture.

A style is made from the colours in its own address, so that no clinic is asked for it; a picture
is found by its name alone, half of its SHA-256, which only the clinic's own pages carry.
"""

import re
from typing import Final

from flask import Blueprint, Response, abort, current_app, url_for

from recovery.domain.accent import Accent, ink_on, problem_of
from recovery.services.clinic_look import logo_named
from recovery.web.access import ANYONE, open_to
from recovery.web.static import EXTENSION, YEAR

pages = Blueprint("clinic_look", __name__)
NAME: Final = re.compile(r"[0-9a-f]{32}")
STYLE: Final = """\
[data-theme="paper"], :root {{ {light} }}
[data-theme="dim"] {{ {dim} }}
@media (prefers-color-scheme: dark) {{ [data-theme="auto"] {{ {dim} }} }}
"""


@pages.get("/static/<build>/accent/<light>-<dim>.css")
@open_to(ANYONE)
def style(build: str, light: str, dim: str) -> Response:
    """Say the colours; those that nobody could read are not found."""
    accent = Accent(f"#{light}", f"#{dim}")
    known = build == current_app.extensions[EXTENSION]
    if not known or problem_of(accent.light, dim=False) or problem_of(accent.dim, dim=True):
        abort(404)
    words = STYLE.format(light=_tokens(accent.light), dim=_tokens(accent.dim))
    return _for_ever(Response(words, mimetype="text/css"))


@pages.get("/logo/<name>.png")
@open_to(ANYONE)
def logo(name: str) -> Response:
    """Send a logo that was cleaned when it came."""
    if not NAME.fullmatch(name):
        abort(404)
    return _for_ever(Response(logo_named(name), mimetype="image/png"))


def style_url(accent: Accent | None) -> str:
    """Return the address of a style; "" without colours of the clinic's own."""
    if accent is None:
        return ""
    light, dim = accent.light.lstrip("#"), accent.dim.lstrip("#")
    build = current_app.extensions[EXTENSION]
    return url_for("clinic_look.style", build=build, light=light, dim=dim)


def logo_url(name: str) -> str:
    """Return the address of a logo; "" without one."""
    return url_for("clinic_look.logo", name=name) if name else ""


def _tokens(colour: str) -> str:
    return f"--amber: {colour}; --fill: {colour}; --on-fill: {ink_on(colour)};"


def _for_ever(response: Response) -> Response:
    """The address changes with what it leads to."""
    response.cache_control.max_age = YEAR
    response.cache_control.immutable = True
    response.cache_control.public = True
    return response
