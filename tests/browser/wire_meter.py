"""A server that counts what a phone asks for and how many bytes go out to it."""

from dataclasses import dataclass
from typing import Any

from werkzeug.serving import WSGIRequestHandler

from tests.browser.live import LiveServer, WsgiApp

WORKER = "/sw.js"


@dataclass
class Answer:
    """One request, and every byte of its answer: status line, headers and body."""

    path: str
    asked_by: str
    """The page or script whose request it was."""
    bytes: int
    headers: dict[str, str]

    @property
    def is_a_clinics_look(self) -> bool:
        """Whether a clinic chose it: a logo of at most 5 KB, and the style of its colours."""
        return self.path.startswith("/logo/") or "/accent/" in self.path

    @property
    def is_kept_ahead(self) -> bool:
        """Whether the service worker asked, for later, while nobody waits for it."""
        return self.asked_by.endswith(WORKER)


class MeteredServer(LiveServer):
    """Serves an app; `answers` holds what went out since the last `answers.clear()`."""

    def __init__(self, app: WsgiApp) -> None:
        self.answers: list[Answer] = []
        super().__init__(app)

    def handler(self) -> type[WSGIRequestHandler]:
        answers = self.answers

        class Metered(super().handler()):  # type: ignore[misc]
            def setup(self) -> None:
                super().setup()
                self.sent, write = 0, self.wfile.write
                self.given: dict[str, str] = {}

                def counted(data: Any) -> int:
                    self.sent += len(data)
                    return int(write(data))

                self.wfile.write = counted

            def send_header(self, keyword: str, value: str) -> None:
                self.given[keyword] = value
                super().send_header(keyword, value)

            def finish(self) -> None:
                super().finish()
                if self.sent:
                    asked_by = self.headers.get("Referer", "")
                    answers.append(Answer(self.path, asked_by, self.sent, self.given))

        return Metered
