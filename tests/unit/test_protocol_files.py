"""A protocol file is read exactly as written, or refused with line, field and a sentence."""

from datetime import time
from pathlib import Path

import pytest

from recovery.domain.protocol import Protocol
from recovery.store.protocol_files import (
    ProtocolFileError,
    load_protocol,
    load_protocol_text,
    shipped_protocols,
)
from tests.builders_protocol import SHIPPED_IDS, SMALL, shipped


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_clock_time_stays_a_clock_time_and_no_stays_a_word() -> None:
    protocol = load_protocol_text(SMALL, "small.yaml")
    assert protocol.notices[0].when.at == time(12, 30)
    assert protocol.wait.next_day_at == time(6)
    no = protocol.check_ins[0].questions[0].choices[0]
    assert (no.id, no.text.in_language("es")) == ("no", "no")


BAD_FILES = {
    "an unknown field": (
        "  floor: PT24H\n",
        "  floor: PT24H\n  ceiling: PT48H\n",
        "  ceiling",
        "wait.ceiling: The format does not know this word.",
    ),
    "a missing field": (
        "  readings: 1\n",
        "",
        "discharge:",
        "discharge.readings: This field is missing.",
    ),
    "a missing language": (
        "{en: Dizzy?, es: ¿Mareo?}",
        "{en: Dizzy?}",
        "{en: Dizzy?}",
        "check_ins.0.questions.0.text: This text has no words in “es”.",
    ),
    "an empty text": (
        "{en: Dizzy?, es: ¿Mareo?}",
        "{en: Dizzy?, es: ' '}",
        "{en: Dizzy?",
        "check_ins.0.questions.0.text: The text in “es” is empty.",
    ),
    "an unknown place in a text": (
        "Nothing to eat after {at}.",
        "Nothing to eat after {time}.",
        "      body:",
        "preparation.steps.0.body: “{time}” is not a place a text may leave open.",
    ),
    "an unclosed place in a text": (
        "Nothing to eat after {at}.",
        "Nothing to eat after {at.",
        "      body:",
        "preparation.steps.0.body: A “{” or “}” in this text stands alone.",
    ),
    "a duration in words": (
        "keep_asking: P2D",
        "keep_asking: two days",
        "  keep_asking",
        "wait.keep_asking: This is not a duration; write it like PT90M, PT6H or P7D.",
    ),
    "a bare number as a duration": (
        "keep_asking: P2D",
        "keep_asking: 48",
        "  keep_asking",
        "wait.keep_asking: This is not a duration; write it like PT90M, PT6H or P7D.",
    ),
    "a number as a clock time": (
        "at: 12:30",
        "at: 12.30",
        "    when: {after: discharge",
        "notices.0.when.at: This is not a clock time; write it like “08:30”.",
    ),
    "a clock time that does not exist": (
        "at: 12:30",
        "at: 25:30",
        "    when: {after: discharge",
        "notices.0.when.at: This is not a clock time; write it like “08:30”.",
    ),
    "a clock time and no day": (
        "daily: true, ",
        "",
        "    when: {after: discharge",
        "notices.0.when: A clock time needs either “days” or “daily”.",
    ),
    "a key given twice": (
        "  floor: PT24H\n",
        "  floor: PT24H\n  floor: PT12H\n",
        "  floor: PT12H",
        "wait.floor: Given twice; first on line",
    ),
    "a wrong id": (
        "id: food",
        "id: Last Food",
        "    - id: Last Food",
        "preparation.steps.0.id: Use small letters, digits and “-”, beginning with a letter.",
    ),
    "an unknown kind": (
        "kind: limit",
        "kind: rule",
        "      kind: rule",
        "preparation.steps.0.kind: This must be one of",
    ),
    "a word where true or false belongs": (
        "ends_wait: true",
        "ends_wait: yes",
        "    ends_wait: yes",
        "check_ins.0.ends_wait: This must be true or false.",
    ),
    "true where a text belongs": (
        "{en: no, es: no}",
        "{en: false, es: no}",
        "          - {id: no",
        "check_ins.0.questions.0.choices.0.text.en: This must be text; put quotes around it.",
    ),
    "a text where a number belongs": (
        "version: 1",
        'version: "1"',
        'version: "1"',
        "version: This must be a whole number.",
    ),
    "one thing where a list belongs": (
        "to: [patient]",
        "to: patient",
        "    to: patient",
        "notices.0.to: This must be a list.",
    ),
    "an empty list of recipients": (
        "to: [patient]",
        "to: []",
        "    to: []",
        "notices.0.to: This list is too short.",
    ),
    "a rule without a source": (
        "ladder: {source: A book, ",
        "ladder: {",
        "ladder: {",
        "ladder.source: This field is missing.",
    ),
    "a floor above the minimum": (
        "  floor: PT24H",
        "  floor: PT25H",
        "wait:",
        "wait: “floor” cannot be longer than “minimum”.",
    ),
    "a red flag that nobody defined": (
        "red_flag: fall",
        "red_flag: fell",
        "          - {id: yes",
        "check_ins.0.questions.0.choices.1.red_flag: Nothing in this protocol has this name.",
    ),
    "a reminder that nobody defined": (
        "reminder: evening",
        "reminder: night",
        "  reminder: night",
        "wait.reminder: Nothing in this protocol has this name.",
    ),
    "a symptom that the last questions never ask": (
        "[dizziness]",
        "[dizziness, floating]",
        "id: small",
        "(the whole file): “last” ends the wait but never asks “floating”.",
    ),
    "two notices within each other's reach": (
        "remind_at_least_every: PT12H",
        "remind_at_least_every: PT50M",
        "id: small",
        "(the whole file): “remind_at_least_every” must be at least twice “merge_within”.",
    ),
    "a time in what a driver is asked": (
        "  asks: []",
        '  asks: [{en: "Come at {visit}.", es: "Venga a {visit}."}]',
        "  asks:",
        "driver.asks: “{visit}” is not known when a driver is asked.",
    ),
    "broken YAML": ("bring: []", "bring: [", "    - id: food", "This is not YAML"),
    "a list as a name": ("version: 1", "[a, b]: 1", "[a, b]", "A name must be a word."),
    "a part that contains itself": (
        "numbers:\n",
        "numbers: &numbers\n  CA: *numbers\n",
        "numbers: &numbers",
        "numbers.CA: This part contains itself.",
    ),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_bad_file_gets_its_line_its_field_and_a_sentence(fault: str) -> None:
    good, bad, where, sentence = BAD_FILES[fault]
    assert SMALL.count(good) == 1
    text = SMALL.replace(good, bad)
    with pytest.raises(ProtocolFileError) as refusal:
        load_protocol_text(text, "small.yaml")
    assert refusal.value.faults[0].startswith(f"small.yaml, line {line_of(text, where)}, ")
    assert sentence in refusal.value.faults[0]


def test_every_fault_of_a_file_is_told_at_once() -> None:
    text = SMALL.replace("version: 1", "version: one").replace("kind: limit", "kind: rule")
    with pytest.raises(ProtocolFileError) as refusal:
        load_protocol_text(text, "small.yaml")
    assert len(refusal.value.faults) == len(str(refusal.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["", "just words", "- a list", "\x00"])
def test_what_is_no_protocol_at_all_is_refused(text: str) -> None:
    with pytest.raises(ProtocolFileError, match=r"small\.yaml, line 1, "):
        load_protocol_text(text, "small.yaml")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("id: año".encode("latin-1"))
    with pytest.raises(ProtocolFileError, match=r"latin\.yaml: The file is not UTF-8 text\."):
        load_protocol(path)


def test_the_shipped_protocols_are_found_by_id() -> None:
    assert shipped_protocols() == {name: shipped(name) for name in SHIPPED_IDS}


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_a_protocol_survives_the_database_unchanged(name: str) -> None:
    protocol = shipped(name)
    assert Protocol.model_validate_json(protocol.model_dump_json()) == protocol
