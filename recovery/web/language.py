"""Which language a page is in."""

from typing import Final

from babel import Locale, UnknownLocaleError
from flask import Flask, g, request
from flask_babel import Babel, get_locale

from recovery.config import ROOT

#: Each language by its own name, for whoever looks for theirs.
NAMES: Final = {"en": "English", "es": "Español"}
LANGUAGES: Final = tuple(NAMES)
#: Holds what somebody chose before they signed in.
COOKIE: Final = "language"


def choose() -> str:
    """The language the person chose (`g.language`, set by whoever loads them; before they sign
    in their browser keeps it), else the browser's best, else English."""
    for chosen in (g.get("language"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def reader() -> Locale:
    """The reader's locale, for the clock only: the page's language with the country that the
    browser names beside it (en-GB counts hours to 24, es-US to 12)."""
    spoken = get_locale() or Locale(LANGUAGES[0])
    for tag, _quality in request.accept_languages:
        language, _, country = tag.partition("-")
        if language.lower() == spoken.language and country:
            try:
                return Locale.parse(f"{spoken.language}_{country.upper()}")
            except (UnknownLocaleError, ValueError):
                continue
    return spoken


def attach(app: Flask) -> None:
    """Translate texts; templates get `language`, the code for `<html lang>`, and `languages`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "recovery" / "translations")
    Babel(app, locale_selector=choose)
    app.context_processor(
        lambda: {"language": str(get_locale() or LANGUAGES[0]), "languages": NAMES}
    )
