"""A stand-in for Twilio on loopback: takes texts over TLS, answers as told, calls back signed."""

import hmac
import json
import ssl
from base64 import b64decode, b64encode
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl

from recovery.delivery.twilio import HOST, TwilioAccount, TwilioSender

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "f00dfeed" * 4
SENDER = "+15005550006"
OURS = TwilioAccount(ACCOUNT, TOKEN, SENDER)


class TwilioService:
    """Runs as a context. `texts` are the forms it took or refused; answers come from a queue."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.texts: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.answers: deque[tuple[int, dict[str, Any], dict[str, str]]] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def refuse_next(self, status: int, code: int = 0, **headers: str) -> None:
        """Answer one of the next posts with an error of Twilio's."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, {"code": code, "message": "No.", "status": status}, named))

    def sender(self, tls: ssl.SSLContext, **settings: Any) -> TwilioSender:
        """A sender that finds this machine under Twilio's name."""
        port = self._server.server_address[1]
        return TwilioSender(OURS, routes={HOST: ("127.0.0.1", port)}, tls=tls, **settings)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                service.texts.append(dict(parse_qsl(body)))
                service.paths.append(self.path)
                key = self.headers["Authorization"].removeprefix("Basic ")
                service.keys.append(b64decode(key).decode())
                taken = (201, {"sid": "SM" + "0" * 32, "status": "queued"}, {})
                status, said, headers = service.answers.popleft() if service.answers else taken
                self._answer(status, json.dumps(said).encode(), headers)

            def _answer(self, status: int, said: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def signed(url: str, fields: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    """The header with which Twilio proves a call of its own."""
    words = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), words.encode(), "sha1").digest()
    return {"X-Twilio-Signature": b64encode(digest).decode()}
