"""The line between a phone and the clinic: up, dead, held, in a portal's hands, or one-way."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask
from werkzeug.wrappers import Request, Response

from tests.browser.live import LiveServer
from tests.waiting import until

PORTAL = "<!doctype html><title>Hotel</title><h1>Welcome to our hotel</h1>"
Answers = Callable[[Request], Response | None]


class Line:
    """Serves an app as an open line does; each fault holds for the paths it names, until `mend`.

    `url` stays the same while the server is down: `cut` and `mend` are flight mode.
    """

    def __init__(self, app: Flask, live_server: Callable[..., LiveServer]) -> None:
        self.app = app
        self.asked: list[str] = []
        """Method and path of every request that came through, in order."""
        self._fault: tuple[re.Pattern[str], Answers] | None = None
        self._held = threading.Event()
        self._inside = 0
        self._count = threading.Lock()
        self.server = live_server(self)

    @property
    def url(self) -> str:
        return self.server.url

    def cut(self) -> None:
        """Nobody answers any more, on connections that are open already neither."""
        self._on("", _hang_up)
        self.server.stop()

    def mend(self) -> None:
        """All is well again; what was held goes on."""
        self._fault = None
        self._held.set()
        if not self.server.is_up:
            self.server.start()

    def close(self) -> None:
        """End it when nobody is on it any more: what is late must not reach the next test."""
        self.mend()
        self.server.stop()
        until(lambda: self._inside == 0, what="the end of all requests")

    def lies(self, paths: str = "") -> None:
        """A captive portal answers 200 with a page of its own."""
        self._on(paths, lambda _: Response(PORTAL, mimetype="text/html"))

    def fails(self, status: int, paths: str = "") -> None:
        """A proxy in between answers."""
        self._on(paths, lambda _: Response("<h1>Sorry</h1>", status, mimetype="text/html"))

    def echoes(self, body: object, paths: str = "", status: int = 200) -> None:
        """Something answers with JSON of its own."""
        said = json.dumps(body)
        self._on(paths, lambda _: Response(said, status, mimetype="application/json"))

    def holds(self, paths: str = "") -> None:
        """Requests arrive and nothing comes back, until `mend`."""
        held = self._held = threading.Event()

        def wait(_: Request) -> None:
            held.wait(60)

        self._on(paths, wait)

    def loses_answers(self, paths: str = "") -> None:
        """The clinic does what is asked, and the phone never hears of it."""

        def lose(request: Request) -> Response:
            Response.from_app(self.app, request.environ)
            return _hang_up(request)

        self._on(paths, lose)

    def changes(self, change: Callable[[str], str], paths: str) -> None:
        """Texts are changed on their way, as a new build would change them."""

        def changed(request: Request) -> Response:
            for name in ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH"):
                request.environ.pop(name, None)
            answer = Response.from_app(self.app, request.environ)
            answer.set_data(change(answer.get_data(as_text=True)))
            return answer

        self._on(paths, changed)

    def dates(self, when: datetime) -> None:
        """The clinic's clock shows another time than the phone's."""

        def dated(request: Request) -> Response:
            answer = Response.from_app(self.app, request.environ)
            answer.date = when
            return answer

        self._on("", dated)

    def _on(self, paths: str, answers: Answers) -> None:
        self._fault = re.compile(paths), answers

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append(f"{request.method} {request.path}")
        fault = self._fault
        with self._inside_one():
            answer = fault[1](request) if fault and fault[0].search(request.path) else None
            return (answer or self.app)(environ, start)

    @contextmanager
    def _inside_one(self) -> Iterator[None]:
        with self._count:
            self._inside += 1
        try:
            yield
        finally:
            with self._count:
                self._inside -= 1


def _hang_up(request: Request) -> Response:
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError
