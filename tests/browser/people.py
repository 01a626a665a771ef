"""What a patient and a driver do on their phones, step by step, whichever browser they hold."""

from collections.abc import Iterable
from pathlib import Path

from recovery.domain.protocol import Protocol
from recovery.domain.protocol.preparation import StepKind
from recovery.domain.protocol.questions import Question
from tests.addresses import step_page
from tests.browser.screens import Screen
from tests.builders_protocol import harmless
from tests.waiting import until

SEND = "main form button:not([type=button])"


class Person:
    """Somebody with a phone. Every page they meet is kept as a picture."""

    def __init__(self, name: str, screen: Screen, url: str, pictures: Path) -> None:
        self.name, self.screen, self.url, self.pictures = name, screen, url, pictures
        self.taken = 0

    def look(self, at: str) -> None:
        """Keep a picture of the page as this person sees it now."""
        self.taken += 1
        self.screen.picture(self.pictures / f"{self.name}-{self.taken:02}-{at}.png")

    def go(self, path: str) -> None:
        self.screen.open(self.url + path)

    def see(self, path: str, name: str) -> None:
        """Open a page and keep a picture of it."""
        self.go(path)
        self.look(name)

    def wait_to_read(self, words: str, path: str | None = None, within: float = 40) -> None:
        """Wait until the page says it; with `path`, look there again and again."""

        def says_so() -> bool:
            if path is not None:
                self.go(path)
            return words in self.screen.text()

        until(says_so, within, f"“{words}” for {self.name}")

    def allow_notices(self) -> None:
        """Tap the button that asks, and wait until the page says how it went."""
        self.look("notices")
        self.screen.press("[data-allow]")
        stages = ("arrived", "on")
        until(
            lambda: any(self.screen.has(f'[data-stage="{stage}"]') for stage in stages),
            40,
            f"notices of {self.name}",
        )
        self.look("notices-arrive")


class Patient(Person):
    """Comes in by the welcome link and is walked through the visit."""

    def come_in(self, link: str, born: str) -> None:
        self.screen.open(link)
        self.look("welcome")
        self.screen.fill("#born", born)
        self.screen.follow(SEND)
        self.look("language-and-wording")
        self.screen.follow(SEND)

    def prepare(self, visit: int, protocol: Protocol) -> None:
        """Go through every step that is open, as somebody who is well."""
        self.go("/me")
        self.look("preparation")
        for step in protocol.preparation.steps:
            self.go(step_page(visit, step.id))
            self.look(step.id)
            if step.kind is not StepKind.DRIVER and self.screen.has(SEND):
                self.answer(step.questions)
        self.go(f"/me/visits/{visit}/answers")
        self.look("answers")

    def answer(self, questions: Iterable[Question]) -> None:
        """Answer as somebody who is well, and send."""
        for question in questions:
            self.screen.choose(f'input[name="{question.id}"][value="{harmless(question)}"]')
        self.screen.follow(SEND)

    def name_driver(self, visit: int, name: str, phone: str) -> str:
        """Name a driver, consent, and give the link that would be sent."""
        self.go(f"/me/visits/{visit}/driver/name?role=driver")
        self.look("name-driver")
        self.screen.fill("#name", name)
        self.screen.fill("#phone", phone)
        self.screen.follow(SEND)
        self.look("send-link")
        words = self.screen.read("#message")
        return next(word for word in words.split() if "/ride/" in word).rstrip(".")

    def check_in(self, visit: int, protocol: Protocol, name: str) -> None:
        """Answer one check-in as somebody who is well."""
        check_in = protocol.check_in(name)
        assert check_in is not None
        self.go(f"/me/visits/{visit}/check-ins/{name}")
        self.look(f"check-in-{name}")
        self.answer(check_in.questions)
        assert "/thanks" in self.screen.url()


class Driver(Person):
    """Has never heard of the app; opens the link that the patient sent."""

    #: Whether this driver's browser can take notices and they allow them.
    allows = False

    def say_yes(self, link: str) -> None:
        self.screen.open(link)
        self.look("asked")
        self.screen.follow(SEND)
        self.look("said-yes")
        if self.allows:
            self.allow_notices()

    def code(self) -> str:
        """The handover code that the page shows."""
        return self.screen.read(".code strong").strip()
