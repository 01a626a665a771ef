"""The service itself: ports, subscriptions, and the judgement of every POST."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from ssl import SSLContext
from typing import Self

from tests.background import Background
from tests.push_service.faults import Faults
from tests.push_service.http_side import Answer, HttpSide, Request
from tests.push_service.phone import Phone
from tests.push_service.registration import Message, Receiver, Registration
from tests.push_service.rules import RefusedError, VapidJudge, Wishes, read_wishes, unpadded
from tests.push_service.socket_side import SocketSide

_UNREAD = Wishes(0, None, "normal")


@dataclass(slots=True)
class Post:
    """One POST as it came in, `at` in epoch seconds, and the status it was answered with."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    status: int = 0
    reason: str = ""

    @property
    def token(self) -> str:
        return self.path.rpartition("/")[2]


class PushService:
    """Runs in a thread of its own between `start()` and `stop()`, or as a context manager.

    verify=False accepts anything for any token, unread: for a bench of thousands a second.
    origin, path, tls: to stand in for another service whose address it does not have.
    clock: epoch seconds, so that a test can let the service and us disagree about the time.
    `stop()`, then `start()`, is an outage: ports and subscriptions stay.
    """

    def __init__(
        self,
        *,
        verify: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
        origin: str | None = None,
        path: str = "/wpush/v2/",
        tls: SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.posts: list[Post] = []
        self.registrations: dict[str, Registration] = {}
        self.sockets = SocketSide(self)
        self.acks = self.sockets.acks
        self.faults = Faults()
        self.queue_fault = self.faults.queue
        self.verify, self.clock = verify, clock
        self.port, self._socket_port = port, 0
        self._host, self._path, self._tls, self._origin = host, path, tls, origin
        self._sides: set[HttpSide] = set()

    def start(self) -> Self:
        self.background = Background()
        self.background.run(self._open(self.background.loop))
        return self

    def stop(self) -> None:
        """Close both ports and every connection at once; nothing is forgotten."""
        self.background.run(self._close())
        self.background.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def call(self, function: Callable[[], None]) -> None:
        """Do something in the service's own thread, where its state belongs."""
        self.background.call(function)

    @property
    def websocket_url(self) -> str:
        """For Firefox's pref dom.push.serverURL."""
        return f"ws://{self._host}:{self._socket_port}/"

    def subscribe(self, application_server_key: str | bytes | None = None) -> Phone:
        """Make a phone in software, online, with keys of its own. None: any key may send."""
        key = application_server_key
        return Phone(self, unpadded(key) if isinstance(key, str) else key)

    def register(
        self, receiver: Receiver, key: bytes | None, channel: str = "", token: str = ""
    ) -> Registration:
        token = token or secrets.token_urlsafe(24)
        endpoint = f"{self.origin}{self._path}{token}"
        registration = Registration(token, endpoint, key, receiver, channel)
        self.registrations[token] = registration
        return registration

    def expire(self, token: str) -> None:
        """End one subscription (a token, or its endpoint): 410 from now on."""
        self.registrations[token.rpartition("/")[2]].gone = True

    def drop_sockets(self) -> None:
        """Break every browser's connection off; what is not acknowledged comes again."""
        self.call(self.sockets.drop)

    def forget_browser(self) -> None:
        """Lose all browsers, as a service does: 410, and pushsubscriptionchange in the worker."""
        self.call(self.sockets.forget)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._http = await loop.create_server(
            lambda: HttpSide(self.handle, self._sides), self._host, self.port, ssl=self._tls
        )
        self.port = self._http.sockets[0].getsockname()[1]
        scheme = "https" if self._tls else "http"
        self.origin = self._origin or f"{scheme}://{self._host}:{self.port}"
        self._judge = VapidJudge(self.origin, self.clock)
        self._socket_server = await self.sockets.open(self._host, self._socket_port)
        self._socket_port = next(iter(self._socket_server.sockets)).getsockname()[1]

    async def _close(self) -> None:
        self._http.close()
        self._socket_server.close(close_connections=False)
        self.sockets.drop()
        for side in list(self._sides):
            side.close()
        await self._http.wait_closed()

    def handle(self, request: Request) -> Answer:
        """Answer one request; in the loop's thread. Faults come before any judgement."""
        post = Post(request.path, request.headers, request.body, request.at)
        self.posts.append(post)
        fault = self.faults.take(f"{self.origin}{request.path}")
        if fault is None:
            answer = self._judged(request, post)
        else:
            answer = fault.spoil(self._judged(request, post) if fault.accepted else None)
        post.status = answer.status
        return answer

    def _judged(self, request: Request, post: Post) -> Answer:
        try:
            registration = self._find(request)
            if not self.verify:
                wishes = _UNREAD
            else:
                wishes = read_wishes(request.headers, request.body)
                signer = self._judge.key_of(request.headers.get("authorization"))
                if registration and registration.key not in (None, signer):
                    raise RefusedError(403, "signed by another key than registered")
        except RefusedError as refused:
            post.reason = refused.reason
            date = formatdate(self.clock(), usegmt=True)
            return Answer(refused.status, {"Date": date}, refused.reason.encode())
        version = secrets.token_urlsafe(12)
        if registration:
            registration.accept(
                Message(version, wishes, request.headers, request.body, self.clock())
            )
        return Answer(
            201,
            {
                "Location": f"{self.origin}/m/{version}",
                "TTL": str(wishes.ttl),
                "Date": formatdate(self.clock(), usegmt=True),
            },
        )

    def _find(self, request: Request) -> Registration | None:
        if request.method != "POST":
            raise RefusedError(405, "only POST")
        path, _, token = request.path.rpartition("/")
        registration = self.registrations.get(token)
        if registration is None and not self.verify:
            return None
        if registration is None or f"{path}/" != self._path:
            raise RefusedError(404, "no such subscription")
        if registration.gone:
            raise RefusedError(410, "this subscription has ended")
        return registration
