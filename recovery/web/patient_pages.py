"""What every page on the patient's phone shares: its frame, and what may be kept offline."""

import gzip
from contextlib import suppress
from datetime import datetime
from hmac import new as new_hmac
from typing import Final

from flask import Blueprint, Response, g, get_flashed_messages, request
from flask_babel import get_locale
from flask_login import current_user

from recovery import clock, config
from recovery.delivery.keys import load_key
from recovery.domain.visit import VisitFacts
from recovery.domain.wait import wait_at
from recovery.services.reading import visit_in_mind
from recovery.services.refusals import NotFound
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from recovery.web.access import patient
from recovery.web.ids import refuse_impossible_ids
from recovery.web.install_ways import way_of

#: Tells the service worker whose copy of this page it may keep; opaque.
KEEP: Final = "X-Homeward-Keep"
#: The worker's own word that it loads a page for later.
AHEAD: Final = "X-Homeward-Ahead"
_public_keys: dict[str, str] = {}


def patient_pages(name: str, *, kept: bool = False) -> Blueprint:
    """Return a blueprint for pages below /me; `kept`: the phone may keep them for offline use."""
    pages = Blueprint(name, __name__, url_prefix="/me")
    pages.url_value_preprocessor(refuse_impossible_ids)
    pages.context_processor(_frame)
    if kept:
        pages.after_request(_let_the_phone_keep_it)
    return pages


def dim_while_waiting(visit: VisitFacts, now: datetime) -> None:
    """Turn the light down for a page that is read after treatment, when light hurts."""
    wait = wait_at(visit, now)
    if wait is not None and not wait.over:
        g.theme = "dim"


def dim_if_waiting(reader: Patient | None = None) -> None:
    """Do the same for pages that belong to no visit (settings, codes).

    `reader`: on a page of anybody, the patient whose phone it is.
    """
    with suppress(NotFound):
        dim_while_waiting(visit_in_mind(reader or patient()), clock.now())


def squeeze_if_ahead(response: Response) -> Response:
    """Compress a page that our worker keeps ahead.

    Other pages are not, because the length of secrets beside a stranger's words tells the secrets
    (BREACH): but no other site can make a browser send this header.
    """
    if AHEAD in request.headers and request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
    return response


def push_key() -> str:
    """Return our public VAPID key, under which browsers subscribe (base64url)."""
    private = config.current().vapid_private_key.get_secret_value()
    if private not in _public_keys:
        _public_keys[private] = load_key(private).public
    return _public_keys[private]


def whose(patient_id: int) -> str:
    """Name a patient to their own browser without saying who it is."""
    key = config.current().secret_key.get_secret_value().encode()
    return new_hmac(key, f"patient {patient_id}".encode(), "sha256").hexdigest()[:16]


def let_it_be_kept(response: Response, patient_id: int) -> Response:
    """Say to our worker whose copy this is, and in which language: once that has changed, all that
    it kept is brought anew."""
    response.headers[KEEP] = whose(patient_id)
    response.headers["Content-Language"] = str(get_locale())
    return squeeze_if_ahead(response)


def _frame() -> dict[str, object]:
    """What templates/patient/base.html and components/push.html read."""
    frame: dict[str, object] = {"push_key": push_key(), "way": way_of(request.user_agent.string)}
    if g.get("face") is Face.PATIENT and current_user.is_authenticated:
        frame |= {"read_at": clock.now(), "whose": whose(patient().id)}
    return frame


def _let_the_phone_keep_it(response: Response) -> Response:
    """Only whole pages of a signed-in patient: no redirects, errors or one-time messages."""
    if (
        request.method == "GET"
        and response.status_code == 200
        and response.mimetype == "text/html"
        and g.get("face") is Face.PATIENT
        and current_user.is_authenticated
        and not g.get("not_kept")
        and not get_flashed_messages()
    ):
        let_it_be_kept(response, patient().id)
    return response
