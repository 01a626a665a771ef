"""Somebody who reads every page of a face and understands Spanish only."""

import re
from functools import cache

from flask import Flask
from werkzeug.exceptions import HTTPException

from recovery.domain.protocol.model import texts_in
from recovery.store.sign_ins import Face
from tests.builders_protocol import ketamine
from tests.calendars import calendar_words
from tests.catalogue import english_left
from tests.page_words import PageWords
from tests.visitor import Visitor

SPANISH = {"Accept-Language": "es"}
#: Answer scripts, not people.
FOR_SCRIPTS = {
    "devices.patient_device",
    "devices.driver_device",
    "driver.state",
    "patient_keep.keep",
    "patient_notices.state",
    "staff_board.pulse",
}


@cache
def english() -> list[re.Pattern[str]]:
    """The English of the app and of the shipped protocol."""
    clinics = {
        text.in_language("en")
        for text in texts_in(ketamine())
        if text.in_language("en") != text.in_language("es")
    }
    whole = [re.compile(rf"\A{re.escape(words)}\Z") for words in clinics if "{" not in words]
    return english_left() + whole


@cache
def is_english(piece: str) -> bool:
    """Whether a piece of a page is what the app or the protocol says in English."""
    return any(pattern.search(piece) for pattern in english())


class Reader:
    """Somebody who follows every link and understands no English."""

    def __init__(self, client: Visitor) -> None:
        self.client = client
        self.seen: set[str] = set()

    def read(self, page: str) -> list[str]:
        """Read one page; returns where its links lead."""
        answer = self.client.get(page, headers=SPANISH, follow_redirects=True)
        if answer.mimetype == "text/calendar":
            said = calendar_words(answer.text)
            assert not [words for words in said if is_english(words)], page
            return []
        return self.must_understand(answer.text, page)

    def must_understand(self, answer: str, page: str) -> list[str]:
        """Read what was answered for a page; returns where its links lead."""
        words = PageWords(answer)
        assert words.language == "es", page
        assert self.not_understood(words) == set(), (page, self.not_understood(words))
        return words.links

    def not_understood(self, words: PageWords) -> set[str]:
        """The English on a page."""
        return {piece for piece in words.pieces if is_english(piece)}

    def walk(self, *pages: str) -> None:
        """Read these pages and all that they lead to, within the same face."""
        ahead, walked = list(pages), set()
        while ahead:
            page = ahead.pop()
            if page not in walked:
                walked.add(page)
                self.seen |= self.endpoint(page)
                ahead += [link for link in self.read(page) if link.startswith(pages[0])]

    def endpoint(self, page: str) -> set[str]:
        routes = self.client.application.url_map.bind("localhost")
        try:
            return {routes.match(page.partition("?")[0], method="GET")[0]}
        except HTTPException:
            return set()


def pages_of(app: Flask, face: Face) -> set[str]:
    """Every page of a face that people look at."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and getattr(app.view_functions[rule.endpoint], "open_to", None) is face
        and rule.endpoint not in FOR_SCRIPTS
    }
