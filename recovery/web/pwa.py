"""What makes the site an app: manifest, service worker, and the page for no connection."""

import json
from typing import Final

from flask import Blueprint, Response, current_app, make_response, render_template, request

from recovery.config import ROOT
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, also_signed_in, open_to
from recovery.web.joining import joined
from recovery.web.language import LANGUAGES, choose
from recovery.web.look import show_for
from recovery.web.manifest import manifest_in
from recovery.web.patient_pages import dim_if_waiting, let_it_be_kept, squeeze_if_ahead
from recovery.web.static import EXTENSION, Sent, answer, static_url

pages = Blueprint("pwa", __name__)
WORKER: Final = ROOT / "static" / "js" / "sw.js"
#: What kept pages and the page for no connection are made of, and the pictures of a notice.
NEEDED_OFFLINE: Final = (
    "css/phone.css",
    "js/app.js",
    "icons/icons.svg",
    "icons/icon.svg",
    "icons/icon-192.png",
    "icons/monochrome-96.png",
)
WORDS: Final = {
    "en": ("A message for you", "Open the app to read it."),
    "es": ("Un mensaje para usted", "Abra la aplicación para leerlo."),
}


@pages.get("/sw.js")
@open_to(ANYONE)
def worker() -> Response:
    """Serve the worker for the whole site, with the names of this build's files above it.

    Any changed file makes other bytes, and so a new worker, which waits for its turn.
    """
    known = {
        "build": current_app.extensions[EXTENSION],
        "files": ["/offline", *files_needed_offline()],
        "icon": static_url("icons/icon-192.png"),
        "badge": static_url("icons/monochrome-96.png"),
        "words": {language: {"title": t, "body": b} for language, (t, b) in WORDS.items()},
    }
    script = f"const KNOWN = {json.dumps(known)};\n".encode() + joined(WORKER)
    response = answer(Sent("sw.js", script))
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/manifest.webmanifest")
@open_to(ANYONE)
def manifest() -> Response:
    """Describe the app in the language of the page that names it: browsers ask without cookies."""
    asked = request.args.get("language")
    language = asked if asked in LANGUAGES else choose()
    said = json.dumps(manifest_in(language), ensure_ascii=False)
    response = answer(Sent("manifest.webmanifest", said.encode()))
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/offline")
@open_to(ANYONE)
def offline() -> Response:
    """The page for no connection, with the numbers to call: nobody's is kept when the worker
    installs, a patient's own with their plan."""
    before = also_signed_in(Face.PATIENT)
    if before is None or not isinstance(before.person, Patient):
        return squeeze_if_ahead(make_response(render_template("offline.html")))
    show_for(before.clinic, before.person.language)
    dim_if_waiting(before.person)
    return let_it_be_kept(make_response(render_template("offline.html")), before.person.id)


def files_needed_offline() -> list[str]:
    """Return the addresses of scripts, styles and icons of this build."""
    return [static_url(name) for name in NEEDED_OFFLINE]
