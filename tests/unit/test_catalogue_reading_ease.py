"""The app's own words to patients and drivers are easy: grade 6 in English, ease 70 in Spanish."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import PurePath

import pytest

from tests.catalogue import PLACE, texts_by_file
from tests.reading_ease import ease, grade
from tests.unit.test_protocol_reading_ease import ENOUGH_WORDS, HARDEST_GRADE, LEAST_EASE

Texts = list[tuple[str, str]]
#: Read by staff only, who may be asked to know their trade's words.
FOR_STAFF = ("staff", "protocol")


@cache
def groups() -> dict[str, Texts]:
    """Each page or template with enough words; small ones together with others of their folder."""
    found: dict[str, Texts] = {}
    small: defaultdict[str, list[Texts]] = defaultdict(list)
    for name, texts in sorted(texts_by_file().items()):
        if any(word in name for word in FOR_STAFF):
            continue
        if words_in(texts) >= ENOUGH_WORDS:
            found[name] = texts
        else:
            small[str(PurePath(name).parent)].append(texts)
    for folder, several in small.items():
        for number, texts in enumerate(heaps(several)):
            found[f"{folder} ({number})"] = texts
    return found


def heaps(several: Sequence[Texts]) -> Iterator[Texts]:
    """Put small texts together until each heap is large enough to be measured."""
    heap: Texts = []
    for texts in several:
        heap = heap + texts
        if words_in(heap) >= ENOUGH_WORDS:
            yield heap
            heap = []
    # What is left over is measured with all of its folder.
    if heap:
        yield [pair for texts in several for pair in texts]


def words_in(texts: Texts) -> int:
    return len(joined(english for english, _ in texts).split())


def joined(pieces: Iterator[str]) -> str:
    """One text, each piece ended like a sentence, its open places filled with a short word."""
    filled = (PLACE.sub("Rosa", piece).replace("%%", "%").strip() for piece in pieces)
    return " ".join(text if text[-1] in ".?!:" else f"{text}." for text in filled if text)


def test_patients_and_drivers_are_told_enough_to_be_measured() -> None:
    names = set(groups())
    assert {"templates/patient/wait.html", "templates/driver/asked.html"} <= names
    assert sum(words_in(texts) for texts in groups().values()) > 2000
    folders = {name for name in names if words_in(groups()[name]) < ENOUGH_WORDS}
    assert all("(" in name for name in folders), "only a whole folder may be too small"


def test_the_apps_english_is_of_grade_6_or_less() -> None:
    grades = {n: grade(joined(english for english, _ in texts)) for n, texts in groups().items()}
    assert {name: found for name, found in grades.items() if found > HARDEST_GRADE} == {}


def test_the_apps_spanish_is_easy() -> None:
    found = {n: ease(joined(spanish for _, spanish in texts)) for n, texts in groups().items()}
    assert {name: easy for name, easy in found.items() if easy < LEAST_EASE} == {}


@pytest.mark.parametrize("most", [22])
def test_no_sentence_of_the_app_is_too_long_to_be_held_in_mind(most: int) -> None:
    """A tired reader loses the beginning; averages would hide a single long one."""
    long = {
        sentence
        for texts in groups().values()
        for pair in texts
        for text in pair
        for sentence in text.replace("!", ".").replace("?", ".").split(". ")
        if len(sentence.split()) > most
    }
    assert long == set()
