"""What every answer says to the browser, and which requests are refused before any view."""

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_AND_JSON: Final = frozenset(
    {"application/x-www-form-urlencoded", "multipart/form-data", "application/json"}
)

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types homeward",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # Not no-referrer: browsers would then send `Origin: null` and honest forms would fail.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
TWO_YEARS: Final = 2 * 365 * 24 * 60 * 60  # seconds


def attach(app: Flask, *, secure: bool, public_url: str) -> None:
    """Add the headers to every answer, and judge every request that may change something."""
    own_origin = _origin(public_url)

    @app.before_request
    def refuse_foreign_requests() -> None:
        if request.method in SAFE_METHODS:
            return
        if _comes_from_elsewhere(own_origin):
            abort(403)
        if request.content_length and request.mimetype not in FORM_AND_JSON:
            abort(415)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}"
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _comes_from_elsewhere(own_origin: str) -> bool:
    """Whether the browser says that another site made this request.

    Old browsers send no Sec-Fetch-Site; for them the Origin decides. Machines (a text-message
    company's call) send neither: those are judged by their signature, people by the CSRF token.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is not None and origin not in {own_origin, _origin(request.host_url)}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
