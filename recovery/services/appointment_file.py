"""A file of appointments as spreadsheets write it: bytes in, rows out, or a plain no."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from recovery.services.refusals import Refused, sentence

#: Bytes; a day's appointments are a few kilobytes.
LARGEST_FILE: Final = 200_000
#: Rows below the first; more than a clinic treats in a day.
MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 50
#: What a column may be called in the first row, without accents, in lower case.
NAMES: Final[Mapping[str, frozenset[str]]] = {
    "name": frozenset({"name", "patient", "nombre", "paciente"}),
    "born": frozenset({"born", "date of birth", "birth date", "dob", "nacimiento"})
    | {"fecha de nacimiento"},
    "date": frozenset({"date", "day", "fecha", "dia"}),
    "time": frozenset({"time", "start", "hora", "inicio"}),
    "phone": frozenset({"phone", "mobile", "telefono", "movil", "celular"}),
    "email": frozenset({"email", "e-mail", "correo", "correo electronico"}),
    "language": frozenset({"language", "idioma", "lengua"}),
    "protocol": frozenset({"protocol", "protocolo"}),
}
NEEDED: Final = ("name", "born", "date", "time")
_MARKS: Final = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: its number as a spreadsheet counts them, and its cells by our column names.

    `spills`: it has more cells than the first row has names.
    """

    number: int
    cells: Mapping[str, str]
    spills: bool = False


class NoTable(Refused):
    """What was sent is no table in a text file."""

    def __init__(self) -> None:
        words = sentence("This is not a CSV file. In a spreadsheet, choose “Save as: CSV UTF-8”.")
        super().__init__(words, "file")


def text_of(content: bytes) -> str:
    """Return a file as text: UTF-8 or UTF-16 with or without its mark, else what Windows wrote.

    Raises `Refused` for a file that is too big, empty, or no text.
    """
    if len(content) > LARGEST_FILE:
        raise Refused("This file is too big: 200 kB at most. Send one day at a time.", "file")
    if not content.strip():
        raise Refused("This file is empty.", "file")
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError:
        raise NoTable from None
    if "\0" in text:
        raise NoTable
    return text


def rows_of(text: str) -> list[FileRow]:
    """Return the rows below the first, which names the columns; empty ones are passed over.

    Raises `Refused` when it is no table, lacks a column that is needed, or is too long.
    """
    if len(text.encode()) > LARGEST_FILE:
        raise Refused("This file is too big: 200 kB at most. Send one day at a time.", "file")
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.splitlines(keepends=True)
    hint = lines[0].strip().lower() if lines else ""
    skipped = hint.startswith("sep=") and len(hint) == len("sep=;")
    lines = lines[1:] if skipped else lines
    mark = hint[-1] if skipped else _separator(lines[0] if lines else "")
    try:
        table = csv.reader(io.StringIO("".join(lines)), delimiter=mark, strict=True)
        first = next(table, [])
        columns = _columns(first)
        return _below(table, columns, len(first), 2 + skipped)
    except csv.Error:
        raise NoTable from None


def _below(
    table: Iterable[list[str]], columns: Mapping[int, str], width: int, first: int
) -> list[FileRow]:
    rows: list[FileRow] = []
    for number, cells in enumerate(table, first):
        clean = [_clean(cell) for cell in cells]
        if not any(clean):
            continue
        if len(rows) == MOST_ROWS:
            raise Refused(
                "This file has too many rows: 200 at most. Send one day at a time.", "file"
            )
        known = {name: clean[place] for place, name in columns.items() if place < len(clean)}
        rows.append(FileRow(number, known, spills=any(clean[width:])))
    if not rows:
        raise Refused("This file has no appointment below its first row.", "file")
    return rows


def _columns(first: list[str]) -> dict[int, str]:
    if len(first) > MOST_COLUMNS:
        raise NoTable
    found: dict[int, str] = {}
    for place, words in enumerate(first):
        plain = _plain(words)
        for name, spoken in NAMES.items():
            if plain in spoken:
                if name in found.values():
                    raise Refused("The first row names a column twice.", "file")
                found[place] = name
    if not set(NEEDED) <= set(found.values()):
        raise Refused(
            "The first row must name the columns: name, born, date and time are needed.", "file"
        )
    return found


def _encoding(content: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    if content[1:2] == b"\0":
        return "utf-16-le"
    if content[:1] == b"\0":
        return "utf-16-be"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _separator(first: str) -> str:
    return max(",;\t", key=first.count)


def _plain(words: str) -> str:
    """A column's name without accents, stars, colons and the space around it, in lower case."""
    taken_apart = unicodedata.normalize("NFKD", _clean(words).lower())
    letters = "".join(letter for letter in taken_apart if not unicodedata.combining(letter))
    return letters.strip(" *:")


def _clean(cell: str) -> str:
    """A cell as it was meant: Excel's ="…" and leading quote are gone, odd spaces are spaces."""
    words = " ".join(cell.replace("\ufeff", "").split())
    if words.startswith('="') and words.endswith('"'):
        words = words[2:-1]
    return words.removeprefix("'").strip()
