"""What each row of a file of appointments says, and what is wrong with it by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from recovery.domain.series import Doubt, doubts
from recovery.domain.times import instant_at
from recovery.domain.written_times import written_date, written_time
from recovery.services.appointment_file import FileRow
from recovery.services.booking import FURTHEST
from recovery.services.facts import protocol_of
from recovery.services.patients import PatientEntry, checked_entry
from recovery.services.protocols import usable_versions
from recovery.services.refusals import Refused, sentence
from recovery.services.wishes import LANGUAGES
from recovery.store.clinics import Clinic

#: Stands in for a date of birth that could not be read, so that the rest is still judged.
SOME_DAY = date(1980, 1, 1)
SPOKEN: Mapping[str, str] = {
    "en": "en", "english": "en", "ingles": "en", "inglés": "en",
    "es": "es", "spanish": "es", "espanol": "es", "español": "es",
}  # fmt: skip
UNCLEAR_TIME = {
    Doubt.PAST: sentence("This time has passed. Choose a time to come."),
    Doubt.SKIPPED: sentence("The clocks skip this time on that day. Write another time."),
    Doubt.TWICE: sentence("This time comes twice that night. Write another time."),
}


class Fate(StrEnum):
    """What booking would do with a row."""

    NEW_PATIENT = "new-patient"
    KNOWN_PATIENT = "known-patient"
    THERE_ALREADY = "there-already"
    TWICE_IN_FILE = "twice-in-file"
    WRONG = "wrong"


@dataclass(slots=True)
class Appointment:
    """One row as it was understood. `start` is UTC; `problems` are sentences, empty when good.

    `has_left`: the patient ended their account, so that no notice reaches them.
    """

    number: int
    name: str
    start: datetime | None = None
    entry: PatientEntry | None = None
    version_id: int = 0
    patient_id: int | None = None
    has_left: bool = False
    fate: Fate = Fate.NEW_PATIENT
    problems: list[str] = field(default_factory=list)

    @property
    def person(self) -> tuple[str, date] | None:
        """By what a patient is known; None when the row does not say it."""
        return (self.entry.name.casefold(), self.entry.born) if self.entry else None

    @property
    def is_to_book(self) -> bool:
        """Whether booking adds a visit for this row."""
        return self.fate in {Fate.NEW_PATIENT, Fate.KNOWN_PATIENT}


def understood(clinic: Clinic, rows: Sequence[FileRow], now: datetime) -> list[Appointment]:
    """Return what each row of a file says at this clinic, whoever is known there already.

    Times are the clinic's. Reads the protocols and no patient.
    """
    versions = _versions(clinic)
    return [_read(row, clinic, versions, now) for row in rows]


def _read(row: FileRow, clinic: Clinic, versions: Mapping[str, int], now: datetime) -> Appointment:
    cells = row.cells
    one = Appointment(row.number, cells.get("name", ""))
    if row.spills:
        one.problems.append(
            sentence("This row has more cells than the first row. Is a comma out of place?")
        )
    one.start = _start(one, cells, clinic, now)
    one.version_id = _version(one, cells.get("protocol", ""), versions)
    born = written_date(cells.get("born", ""), clinic.country)
    language = SPOKEN.get(cells.get("language", "").lower() or clinic.language)
    if born is None:
        one.problems.append(sentence("Please write the date of birth like this: 1988-04-12."))
    if language not in LANGUAGES:
        one.problems.append(sentence("Please write the language like this: en or es."))
    try:
        entry = checked_entry(clinic, _entry(cells, born or SOME_DAY, language or "en"), now)
        one.entry = entry if born is not None else None
    except Refused as refused:
        one.problems.append(refused.sentence)
    if one.problems:
        one.fate = Fate.WRONG
    return one


def _entry(cells: Mapping[str, str], born: date, language: str) -> PatientEntry:
    return PatientEntry(
        name=cells.get("name", ""),
        born=born,
        phone=cells.get("phone", ""),
        email=cells.get("email", ""),
        language=language,
    )


def _start(
    one: Appointment, cells: Mapping[str, str], clinic: Clinic, now: datetime
) -> datetime | None:
    day = written_date(cells.get("date", ""), clinic.country)
    clock = written_time(cells.get("time", ""))
    if day is None:
        one.problems.append(sentence("Please write the date like this: 2026-03-04."))
    if clock is None:
        one.problems.append(sentence("Please write the time like this: 09:30 or 9:30 AM."))
    if day is None or clock is None:
        return None
    zone = ZoneInfo(clinic.zone)
    wall = datetime.combine(day, clock)
    start = instant_at(day, clock, zone)
    for doubt in doubts(wall, zone, [], now):
        if doubt in UNCLEAR_TIME:
            one.problems.append(UNCLEAR_TIME[doubt])
    if start > now + FURTHEST:
        one.problems.append(sentence("This is more than two years ahead. Please check the date."))
    return start


def _version(one: Appointment, words: str, versions: Mapping[str, int]) -> int:
    chosen = versions.get(words.casefold(), 0)
    if not words and len(set(versions.values())) == 1:
        chosen = next(iter(versions.values()))
    if not chosen:
        one.problems.append(
            sentence("Please write which protocol, as its name stands on the page of protocols.")
        )
    return chosen


def _versions(clinic: Clinic) -> dict[str, int]:
    """Each name of a protocol that may be booked, in lower case → its newest version's id."""
    found: dict[str, int] = {}
    for version in usable_versions(clinic.id):
        protocol = protocol_of(version)
        names = {version.slug, *(protocol.title.in_language(one) for one in protocol.languages)}
        found |= {name.casefold(): version.id for name in names}
    return found
