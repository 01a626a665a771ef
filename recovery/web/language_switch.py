"""The switch of languages at the top of a page, before somebody signs in and after."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from recovery import clock, config
from recovery.services.wishes import choose_language
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, also_signed_in, open_to, signed_in_as
from recovery.web.language import COOKIE, LANGUAGES

pages = Blueprint("language_switch", __name__)


@pages.post("/language")
@open_to(ANYONE)
def switch() -> Response:
    """Keep the language with whoever is signed in to the page's face, else in this browser."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    response = make_response(redirect(_page_before(), 303))
    face = request.form.get("face", "")
    person = also_signed_in(Face(face)) if face in list(Face) else None
    if person is not None:
        choose_language(person.sign_in, chosen, clock.now())
        return response
    response.set_cookie(
        COOKIE, chosen, secure=config.current().secure, httponly=True, samesite="Lax"
    )
    return response


def carry_over(response: Response, face: Face, token: str) -> Response:
    """Give what was chosen before signing in to the person, and forget it in the browser:
    the next one at a clinic's tablet may read another language."""
    chosen = request.cookies.get(COOKIE, "")
    person = signed_in_as(face, token) if chosen in LANGUAGES else None
    if person is not None:
        choose_language(person.sign_in, chosen, clock.now())
        response.delete_cookie(COOKIE)
    return response


def _page_before() -> str:
    """Return the page on which the switch stood or, where that answered a form, the page that
    the form belongs to. Only the path of what the browser says is used: it leads nowhere else."""
    path = urlsplit(request.referrer or "").path
    routes = current_app.url_map.bind(request.host)
    while path.startswith("/"):
        try:
            endpoint, values = routes.match(path, method="GET")
        except RequestRedirect:
            break
        except HTTPException:
            path = path.rpartition("/")[0]
        else:
            return url_for(endpoint, **values)
    return url_for("patient_home.home")
