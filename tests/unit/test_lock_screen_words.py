"""What a locked phone may show tells nobody what the visit is for."""

import re
from collections.abc import Iterator

import pytest

from recovery.config import ROOT
from recovery.domain.protocol import Protocol, Text
from recovery.domain.protocol.texts import places_in
from recovery.web.language import LANGUAGES
from recovery.web.pwa import WORDS
from tests.builders_protocol import SHIPPED_IDS, shipped
from tests.catalogue import texts_by_file
from tests.lock_screen import revealing

SAMPLE = {
    "at": "14:30 on Wednesday",
    "visit": "14:30 on Wednesday",
    "arrive": "14:15 on Wednesday",
    "earliest": "las 14:30 del miércoles",
    "pickup": "16:30 on Wednesday",
    "next": "14:30 on Wednesday",
    "driver": "Alexandra",
    "patient": "Maximilian",
    "phone": "+1 555 010 0199",
}

LONGEST_TITLE = 50
LONGEST_BODY = 140


def lock_screen_texts(protocol: Protocol) -> Iterator[tuple[str, Text, Text]]:
    for rule in protocol.notices:
        yield rule.id, rule.title, rule.body
    for step in protocol.preparation.steps:
        if step.lock_title is not None and step.lock_body is not None:
            yield step.id, step.lock_title, step.lock_body


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_phone_43_a_lock_screen_names_no_drug_procedure_diagnosis_or_specialty(name: str) -> None:
    for notice, *texts in lock_screen_texts(shipped(name)):
        for text in texts:
            for words in text.root.values():
                assert not revealing(words), f"{notice}: {words}"


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_a_lock_screen_does_not_give_the_name_of_the_clinic(name: str) -> None:
    for notice, *texts in lock_screen_texts(shipped(name)):
        for text in texts:
            assert all("clinic" not in places_in(words) for words in text.root.values()), notice


@pytest.mark.parametrize("name", SHIPPED_IDS)
def test_a_lock_screen_text_fits(name: str) -> None:
    for notice, title, body in lock_screen_texts(shipped(name)):
        for text, longest in ((title, LONGEST_TITLE), (body, LONGEST_BODY)):
            for words in text.root.values():
                assert len(words.format(**SAMPLE)) <= longest, f"{notice}: {words}"


#: Where the app's own words for locked phones, mailboxes, calendars and home screens stand.
SEEN_BY_OTHERS = (
    "recovery/services/notice_words.py",
    "recovery/services/messages.py",
    "recovery/services/on_call.py",
    "recovery/services/proving.py",
    "recovery/services/text_reports.py",
    "recovery/services/trial.py",
    "recovery/web/calendar_files.py",
    "recovery/web/driver_calendar.py",
    "recovery/web/manifest.py",
    "recovery/web/ride_words.py",
)


@pytest.mark.parametrize("place", SEEN_BY_OTHERS)
def test_phone_43_the_apps_own_words_that_others_see_name_nothing_of_health(place: str) -> None:
    texts = texts_by_file()[place]
    assert texts
    for pair in texts:
        for words in pair:
            assert not revealing(words), words


def test_phone_43_the_notice_that_a_phone_shows_by_itself_names_nothing_of_health() -> None:
    assert WORDS.keys() == set(LANGUAGES)
    for pair in WORDS.values():
        for words in pair:
            assert not revealing(words), words


def test_whatever_writes_a_message_is_held_to_the_list_of_terms() -> None:
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "recovery" / "services").glob("*.py")
        if re.search(r"\b(TextMessage|MailMessage|PushMessage)\(", path.read_text("utf-8"))
    }
    assert "recovery/services/on_call.py" in writers
    assert {place for place in writers if texts_by_file().get(place)} <= set(SEEN_BY_OTHERS)


@pytest.mark.parametrize(
    "words",
    [
        "Your ketamine visit",
        "Su infusión es mañana",
        "Take your ADHD medicine",
        "Consulta de psiquiatría",
        "After your treatment",
        "Tras la sedación",
        "IV at 10:00",
        "No alcohol or cannabis after 10:00",
    ],
)
def test_the_list_of_terms_finds_what_gives_a_visit_away(words: str) -> None:
    assert revealing(words)


@pytest.mark.parametrize("words", ["Do not drive before 14:30", "I've arrived", "Ya va con usted"])
def test_the_list_of_terms_leaves_plain_words_alone(words: str) -> None:
    assert not revealing(words)
