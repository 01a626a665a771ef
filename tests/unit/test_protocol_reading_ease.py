"""Tired people read these texts: English grade 6 at most, Spanish ease 70 at least."""

from collections.abc import Iterator

import pytest

from recovery.domain.protocol import Protocol, Text
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.model import texts_in
from tests.builders_protocol import SHIPPED_IDS, shipped
from tests.reading_ease import ease, english_syllables, grade, spanish_syllables

HARDEST_GRADE = 6
LEAST_EASE = 70
ENOUGH_WORDS = 100


def groups(protocol: Protocol) -> Iterator[tuple[str, list[Text]]]:
    """The texts that people at home read, by where they read them."""
    steps = protocol.preparation.steps
    yield "steps", [t for s in steps for t in (s.title, s.body, s.why) if t is not None]
    asked = [q for step in steps for q in step.questions]
    yield "questions", [q.text for q in asked] + [c.text for q in asked for c in q.choices]
    home = [rule for rule in protocol.notices if rule.to != (Audience.STAFF,)]
    yield "notices", [t for r in home for t in (r.title, r.body, r.page) if t is not None]
    yield "check-ins", list(texts_in(protocol.check_ins))
    yield "red flags", list(texts_in(protocol.red_flags))
    yield "driver", list(protocol.driver.asks)
    yield "wait", list(protocol.wait.also_covers)


def joined(texts: list[Text], language: str) -> str:
    """One text, each piece ended like a sentence and its open places filled with a short word."""
    pieces = [text.in_language(language).strip() for text in texts]
    filled = [piece.replace("{", "").replace("}", "") for piece in pieces]
    return " ".join(piece if piece[-1] in ".?!" else f"{piece}." for piece in filled)


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_the_english_texts_are_of_grade_6_or_less(name: str) -> None:
    for group, texts in groups(shipped(name)):
        text = joined(texts, "en")
        if len(text.split()) >= ENOUGH_WORDS:
            assert grade(text) <= HARDEST_GRADE, group


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_the_spanish_texts_are_easy(name: str) -> None:
    for group, texts in groups(shipped(name)):
        text = joined(texts, "es")
        if len(text.split()) >= ENOUGH_WORDS:
            assert ease(text) >= LEAST_EASE, group


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("drive", 1), ("driver", 2), ("asked", 1), ("started", 2), ("minimum", 3), ("little", 2)],
)
def testenglish_syllables_are_counted(word: str, syllables: int) -> None:
    assert english_syllables(word) == syllables


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("guíe", 2),
        ("maneje", 3),
        ("clínica", 3),
        ("lea", 2),
        ("día", 2),
        ("quien", 1),
        ("cuidar", 2),
        ("estación", 3),
        ("agua", 2),
        ("siguiente", 3),
    ],
)
def testspanish_syllables_are_counted(word: str, syllables: int) -> None:
    assert spanish_syllables(word) == syllables


def test_hard_texts_are_found_hard() -> None:
    english = "Postprocedural pharmacological sedation necessitates responsible accompaniment. " * 5
    spanish = "La sedación farmacológica posterior requiere acompañamiento responsable. " * 5
    assert grade(english) > 12
    assert ease(spanish) < 40
