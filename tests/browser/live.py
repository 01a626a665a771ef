"""One real HTTP server a test: an origin of its own isolates workers and subscriptions."""

import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

WsgiApp = Callable[..., Any]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: pytest shows what matters."""


class LiveServer:
    """Serves `app` at `url` (browsers count 127.0.0.1 as secure) from `start` to `stop`.

    Stopping and starting again on the same port is how a browser is taken offline.
    """

    def __init__(self, app: WsgiApp, port: int = 0) -> None:
        self.app, self.port = app, port
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handler(self) -> type[WSGIRequestHandler]:
        """What answers each connection."""
        return _Quiet

    def start(self) -> None:
        self._server = make_server(
            "127.0.0.1", self.port, self.app, threaded=True, request_handler=self.handler()
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def is_up(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        if self.is_up:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
