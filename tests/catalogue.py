"""The app's own words in Spanish, as their catalogue has them."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from recovery.config import ROOT

PLACE: Final = re.compile(r"%\(\w+\)s")
#: What marks a text besides gettext's own names, as in the Makefile.
MARKS: Final = ("_l", "sentence", "Refused", "Conflict", "TooManyTries")
LETTERS: Final = re.compile(r"[A-Za-z]{2}")
SPANISH: Final = ROOT / "recovery" / "translations" / "es" / "LC_MESSAGES" / "messages.po"


def read(path: Path = SPANISH) -> Catalog:
    """Read a catalogue from its file."""
    with path.open("rb") as file:
        return read_po(file, locale="es", abort_invalid=True)


def messages(catalogue: Catalog) -> list[Message]:
    """Every text of a catalogue; its first one is only the catalogue's head."""
    return [message for message in catalogue if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """One text, or its singular and plural."""
    return (text,) if isinstance(text, str) else tuple(text)


@cache
def texts_by_file() -> dict[str, list[tuple[str, str]]]:
    """English and Spanish of every text that code and templates say, by the file that says it."""
    with (ROOT / ".ci" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    spanish = {
        english: said
        for message in messages(read())
        for english, said in zip(forms(message.id), forms(message.string), strict=True)
    }
    keywords = {**DEFAULT_KEYWORDS, **dict.fromkeys(MARKS)}
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, _line, text, *_more in extract_from_dir(str(ROOT), methods, options, keywords):
        for english in forms(text):
            pair = (english, spanish.get(english, ""))
            if pair[1] and pair not in found[name]:
                found[name].append(pair)
    return dict(found)


def english_left() -> list[re.Pattern[str]]:
    """A pattern for each English text that reads otherwise in Spanish.

    A place may hold anything; a text of one or two words must be all that is said, since short
    words may well stand in a Spanish sentence or in a name.
    """
    return [
        _pattern(english.replace("%%", "%"))
        for message in messages(read())
        for english in forms(message.id)
        if english not in forms(message.string) and LETTERS.search(PLACE.sub("", english))
    ]


def _pattern(english: str) -> re.Pattern[str]:
    literal = [re.escape(part) for part in PLACE.split(english)]
    long = max(len(part.split()) for part in PLACE.split(english)) > 2
    words = r".+?".join(literal)
    return re.compile(words if long else rf"\A{words}\Z")
