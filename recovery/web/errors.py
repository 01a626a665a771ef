"""What people read when something cannot be answered: plain, kind, and with a way on."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from recovery.domain.errors import RuleBroken
from recovery.services.refusals import Conflict, LinkEnded, NotFound, Refused, TooManyTries
from recovery.services.unfinished import forget_unfinished
from recovery.store.database import takes_no_writing
from recovery.store.sign_ins import Face
from recovery.web.access import language_before
from recovery.web.look import show_for_the_signed_in

RETRY_AFTER: Final = 5  # seconds; a lock or a failover is usually over by then


@dataclass(frozen=True)
class Sentences:
    """The heading of an error page and what the person can do now."""

    title: LazyString
    advice: LazyString


SENTENCES: Final[dict[int, Sentences]] = {
    400: Sentences(
        _("We could not read that"), _("Nothing was changed. Please go back and try again.")
    ),
    401: Sentences(
        _("Please sign in again"),
        _("You were signed out to keep your data safe. Nothing you sent before was lost."),
    ),
    403: Sentences(
        _("This is not open to you"), _("If you think it should be, please call the clinic.")
    ),
    404: Sentences(
        _("We could not find that page"),
        _("Please check the link. If it still does not open, please call the clinic."),
    ),
    405: Sentences(_("That does not work here"), _("Please go back and use the button.")),
    409: Sentences(
        _("Something changed in the meantime"),
        _("Please go back, look at the page again and decide anew."),
    ),
    410: Sentences(_("This link has ended"), _("Please call the clinic and ask for a new one.")),
    413: Sentences(_("That was too long"), _("Please go back and send a shorter text.")),
    415: Sentences(_("We could not read that"), _("Please go back and use the page’s own form.")),
    422: Sentences(
        _("Something is not right yet"), _("Please go back and check what you entered.")
    ),
    429: Sentences(
        _("Too many tries"), _("Please wait a little and try again, or call the clinic.")
    ),
    500: Sentences(
        _("Something went wrong on our side"),
        _("We were told about it. Please try again, or call the clinic if it cannot wait."),
    ),
    503: Sentences(
        _("We are busy for a moment"),
        _("Nothing was saved just now. Please try again in a few seconds."),
    ),
}
NOT_THIS_ROLE: Final = Sentences(
    _("This is not open to you"),
    _("Your role does not include this. Please ask somebody whose role does."),
)
EXPIRED_FORM: Final = Sentences(
    _("This page was open for too long"), _("Please go back, reload the page and send it again.")
)


def answer(status: int, sentences: Sentences | None = None, code: str = "") -> Response:
    """An error page, or the same as JSON (`error`, `title`, `advice`) where a script asked.

    `code` is the word that scripts act on; without one it is the status as text.
    """
    _know_the_reader()
    said = sentences or SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
    if _wants_json():
        body = {"error": code or str(status), "title": str(said.title), "advice": str(said.advice)}
        response = make_response(jsonify(body), status)
    else:
        response = make_response(_page(status, said), status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _know_the_reader() -> None:
    """Speak to people in their own language, with their clinic's number, also when a request was
    refused before anybody asked who it is."""
    if "clinic_words" in g:
        return
    try:
        show_for_the_signed_in()
        g.language = g.get("language") or language_before(g.get("face"))
    except SQLAlchemyError:
        _do_without_the_database()


def _page(status: int, said: Sentences) -> str:
    """Whoever is signed out of the patient's face, and the app at its first start, may come in
    by a code right there."""
    if status == 401 and g.get("face") is Face.PATIENT:
        return render_template("patient/code.html", signed_out=True, errors={})
    return render_template("errors.html", status=status, said=said)


def _wants_json() -> bool:
    if request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def attach(app: Flask) -> None:
    """Answer every failure with a page of ours, and never with what went wrong inside."""
    _answer_refusals(app)

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Response:
        if error.response is not None or error.code is None or error.code < 400:
            return make_response(error.get_response())
        staff = error.code == 403 and g.get("face") is Face.STAFF
        response = answer(error.code, NOT_THIS_ROLE if staff else None)
        for name, value in error.get_headers():
            if name.lower() in {"allow", "retry-after"}:
                response.headers[name] = value
        return response

    @app.errorhandler(CSRFError)
    def expired_form(_error: CSRFError) -> Response:
        return answer(400, EXPIRED_FORM, code="csrf")

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    @app.errorhandler(PoolTimeout)
    def database_away(error: Exception) -> Response:
        reason = type(getattr(error, "orig", None) or error).__name__
        current_app.logger.warning("The database did not answer: %s", reason)
        _do_without_the_database()
        return answer(503)

    @app.errorhandler(InternalError)
    def takes_nothing(error: InternalError) -> Response:
        return database_away(error) if takes_no_writing(error) else unknown(error)

    @app.errorhandler(IntegrityError)
    def somebody_was_first(error: IntegrityError) -> Response:
        # Its other lines repeat the values: “Key (email)=(…) already exists.”
        refused = str(error.orig).partition("\n")[0]
        current_app.logger.error("Two requests wrote the same at %s: %s", request.endpoint, refused)
        _do_without_the_database()
        return answer(409)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        current_app.logger.error("A page failed", exc_info=error)
        _do_without_the_database()
        return answer(500)


def _do_without_the_database() -> None:
    """Forget what was begun, and let the page of the failure be nobody's: a frame that asks
    the database again would wait or fail again."""
    g.face = None
    g.setdefault("clinic_words", ("", ""))
    g.setdefault("emergency_number", "")
    with suppress(SQLAlchemyError):
        forget_unfinished()


def _answer_refusals(app: Flask) -> None:
    """Say in HTTP how a service or a rule said no."""

    @app.errorhandler(NotFound)
    def not_within_reach(_error: NotFound) -> Response:
        return answer(404)

    @app.errorhandler(LinkEnded)
    def link_ended(_error: LinkEnded) -> Response:
        return answer(410)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        status = 409 if isinstance(error, Conflict) else 422
        status = 429 if isinstance(error, TooManyTries) else status
        return answer(status, Sentences(SENTENCES[status].title, _(error.sentence)))

    @app.errorhandler(RuleBroken)
    def rule_broken(_error: RuleBroken) -> Response:
        return answer(409)
