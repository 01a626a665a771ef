"""Which language a page is in."""

from typing import Final

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, get_locale

from recovery.config import ROOT
from recovery.services.spoken_times import locale_of

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
    browser names beside it (en-GB counts hours to 24, es-US to 12), or beside another language
    where people also speak the page's own: whoever reads Spanish on a phone set up as en-US sees
    that country's clock all day. With `g.clock_country` on paper: its reader is not who prints.
    """
    spoken = get_locale() or Locale(LANGUAGES[0])
    if g.get("clock_country"):
        return locale_of(spoken.language, g.clock_country) or spoken
    tags = [tag.partition("-") for tag, _quality in request.accept_languages]
    own = [country for language, _, country in tags if language.lower() == spoken.language]
    others = [country for _, _, country in tags]
    known = (locale_of(spoken.language, country) for country in own + others if country)
    return next(filter(None, known), spoken)


def attach(app: Flask) -> None:
    """Translate texts; templates get `language`, the code for `<html lang>`, `reader_tag`, the one
    for the clock of the phone, and `languages`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "recovery" / "translations")
    Babel(app, locale_selector=choose)
    app.context_processor(
        lambda: {
            "language": str(get_locale() or LANGUAGES[0]),
            "reader_tag": str(reader()).replace("_", "-"),
            "languages": NAMES,
        }
    )
