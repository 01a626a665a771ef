"""Tired people read these texts: English grade 6 at most, Spanish ease 70 at least."""

from collections.abc import Iterable, Iterator

import pytest

from recovery.domain.protocol import Protocol, Text
from recovery.domain.protocol.after import Audience
from recovery.domain.protocol.model import texts_in
from recovery.domain.protocol.preparation import Step
from recovery.domain.protocol.questions import CheckIn, Question
from tests.builders_protocol import SHIPPED_IDS, shipped
from tests.reading_ease import ease, english_syllables, grade, spanish_syllables

HARDEST_GRADE = 6
LEAST_EASE = 70
ENOUGH_WORDS = 100


def read_at_home(protocol: Protocol) -> Iterator[tuple[str, list[Text]]]:
    """The texts that people at home read, by where they read them."""
    steps = protocol.preparation.steps
    asked = tuple(question for step in steps for question in step.questions)
    for_staff = {id(text) for text in read_by_staff(protocol)}

    def home(*parts: object) -> list[Text]:
        return [text for text in texts_in(parts) if id(text) not in for_staff]

    questions = home(asked)
    within = {id(text) for text in questions}
    yield "steps", [text for text in home(steps) if id(text) not in within]
    yield "questions", questions
    yield "notices", home(protocol.notices)
    yield "check-ins", home(protocol.check_ins)
    yield "red flags", home(protocol.red_flags)
    yield "driver", home(protocol.driver)
    yield "wait", home(protocol.wait)
    yield "what to bring, eat and drink", home(protocol.preparation.bring, protocol.gate.fasting)
    yield "numbers", home(tuple(protocol.numbers.values()))


def read_by_staff(protocol: Protocol) -> Iterator[Text]:
    """Texts of a trade, and why an answer was flagged: nobody at home reads them. Medicines have
    the names that they have."""
    notices = tuple(rule for rule in protocol.notices if rule.to == (Audience.STAFF,))
    trade = (
        protocol.preparation.medicines,
        protocol.stay,
        protocol.discharge,
        protocol.monitoring_form,
        notices,
    )
    yield from texts_in(trade)
    yield protocol.title
    fasting = {id(text) for text in texts_in(protocol.gate.fasting)}
    yield from (text for text in texts_in(protocol.gate) if id(text) not in fasting)
    for question in (*asked_in(protocol.preparation.steps), *asked_in(protocol.check_ins)):
        yield from (choice.reason for choice in question.choices if choice.reason is not None)


def asked_in(parts: Iterable[Step | CheckIn]) -> Iterator[Question]:
    return (question for part in parts for question in part.questions)


def groups(protocol: Protocol) -> Iterator[tuple[str, list[Text]]]:
    """What people at home read, in heaps that are large enough to be measured; small ones together
    and, however little that is, measured too."""
    small: list[Text] = []
    for group, texts in read_at_home(protocol):
        if len(joined(texts, "en").split()) < ENOUGH_WORDS:
            small += texts
        else:
            yield group, texts
    yield "all that is short", small


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_every_text_of_a_protocol_is_measured_or_for_staff(name: str) -> None:
    protocol = shipped(name)
    measured = {id(text) for _, texts in groups(protocol) for text in texts}
    for_staff = {id(text) for text in read_by_staff(protocol)}
    assert measured.isdisjoint(for_staff)
    left = [text.root for text in texts_in(protocol) if id(text) not in measured | for_staff]
    assert left == []


def joined(texts: list[Text], language: str) -> str:
    """One text, each piece ended like a sentence and its open places filled with a short word."""
    pieces = [text.in_language(language).strip() for text in texts]
    filled = [piece.replace("{", "").replace("}", "") for piece in pieces]
    return " ".join(piece if piece[-1] in ".?!" else f"{piece}." for piece in filled)


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_the_english_texts_are_of_grade_6_or_less(name: str) -> None:
    for group, texts in groups(shipped(name)):
        assert grade(joined(texts, "en")) <= HARDEST_GRADE, group


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_the_spanish_texts_are_easy(name: str) -> None:
    for group, texts in groups(shipped(name)):
        assert ease(joined(texts, "es")) >= LEAST_EASE, group


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
