"""Google's push service on loopback, for a real `pushManager.subscribe` in Chromium.

Three doors: check-in and registration over HTTP, MCS (the connection on which messages come)
over TLS, and the endpoint that our sender POSTs to, which is a `PushService` under Google's
name. The first two are internal to Chromium and unpublished; as seen in version 156.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from tests.browser.protobuf import decode, encode, fixed64, varint
from tests.certificate import serve_as
from tests.push_service import Answer, Message, PushService, Registration, Request
from tests.push_service.http_side import HttpSide
from tests.push_service.rules import unpadded
from tests.waiting import until

HOST = "jmt17.google.com"
"""Where Debian's Chromium says its endpoints are; Google's own builds say fcm.googleapis.com."""

_VERSION = 41
_PING, _PONG, _LOGIN, _WELCOME, _MESSAGE = 0, 1, 2, 3, 8


@dataclass(slots=True, eq=False)
class _Installation:
    """One Chromium profile, as MCS knows it."""

    number: int
    writer: asyncio.StreamWriter | None = None

    @property
    def online(self) -> bool:
        return self.writer is not None and not self.writer.is_closing()

    def hand_over(self, registration: Registration, message: Message) -> None:
        app, subtype, sender = registration.channel.split("\n")
        coding = [(7, encode([(1, "content-encoding"), (2, "aes128gcm")]))]
        stanza = encode(
            [
                (2, message.version),
                (3, sender),
                (5, app),
                (7, encode([(1, "subtype"), (2, subtype)])),
                *(coding if message.body else []),
                (9, message.version),
                (17, message.wishes.ttl),
                (18, int(message.at * 1000)),
                *([(21, message.body)] if message.body else []),
            ]
        )
        self.send(_MESSAGE, stanza)
        registration.acknowledge(message.version)

    def send(self, tag: int, body: bytes) -> None:
        assert self.writer is not None
        self.writer.write(bytes([tag]) + varint(len(body)) + body)


class FakeFcm:
    """Runs from construction until `stop`.

    flags: for Chromium's command line. service: posts, faults, registrations. route: where a
    test's sender must connect for https://HOST; trusted: the PEM file to trust there.
    """

    def __init__(self, folder: Path) -> None:
        tls, self.trusted = serve_as([HOST, "127.0.0.1"], folder)
        self.service = PushService(origin=f"https://{HOST}", path="/fcm/send/", tls=tls).start()
        self.route = {HOST: ("127.0.0.1", self.service.port)}
        self._installations: dict[int, _Installation] = {}
        self._http, self._mcs = self.service.background.run(self._open(tls))
        http, mcs = (door.sockets[0].getsockname()[1] for door in (self._http, self._mcs))
        self.flags = [
            f"--gcm-checkin-url=http://127.0.0.1:{http}/checkin",
            f"--gcm-registration-url=http://127.0.0.1:{http}/register",
            f"--gcm-mcs-endpoint=https://127.0.0.1:{mcs}",
            "--ignore-certificate-errors",
        ]

    def wait_for_login(self) -> None:
        """Wait until a Chromium listens; a message sent earlier comes only after its login."""
        until(
            lambda: any(one.online for one in list(self._installations.values())),
            what="Chromium's login",
        )

    def stop(self) -> None:
        for door in (self._http, self._mcs):
            self.service.call(door.close)
        self.service.stop()

    async def _open(self, tls: object) -> tuple[asyncio.Server, asyncio.Server]:
        loop = asyncio.get_running_loop()
        http = await loop.create_server(lambda: HttpSide(self._answer), "127.0.0.1", 0)
        return http, await asyncio.start_server(self._converse, "127.0.0.1", 0, ssl=tls)

    def _answer(self, request: Request) -> Answer:
        body = self._checkin if request.path.startswith("/checkin") else self._register
        return Answer(200, body=body(request.body))

    def _checkin(self, body: bytes) -> bytes:
        asked = decode(body)
        # Kept from an earlier start, or new.
        number, token = (int(asked.get(tag) or secrets.randbits(62)) for tag in (2, 13))
        now = int(time.time() * 1000)
        return encode([(1, 1), (3, now), (9, 0)]) + fixed64(7, number) + fixed64(8, token)

    def _register(self, body: bytes) -> bytes:
        form = dict(parse_qsl(body.decode()))
        app, subtype = form["app"], form.get("X-subtype", "")
        receiver = self._installation(int(form["device"]))
        if form.get("delete") == "true":
            self._end(receiver, f"{app}\n{subtype}\n")
            return f"token={app}".encode()
        channel = f"{app}\n{subtype}\n{form['sender']}"
        return f"token={self._new(receiver, form['sender'], channel).token}".encode()

    def _end(self, receiver: _Installation, channel: str) -> None:
        for registration in self.service.registrations.values():
            if registration.receiver is receiver and registration.channel.startswith(channel):
                registration.gone = True

    def _new(self, receiver: _Installation, sender: str, channel: str) -> Registration:
        try:
            key = unpadded(sender)
        except ValueError:
            key = b""
        return self.service.register(receiver, key if len(key) == 65 else None, channel)

    def _installation(self, number: int) -> _Installation:
        return self._installations.setdefault(number, _Installation(number))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(1)
            writer.write(bytes([_VERSION]))
            while True:
                tag = (await reader.readexactly(1))[0]
                body = await reader.readexactly(await _read_length(reader))
                self._hear(tag, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _hear(self, tag: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        if tag == _PING:
            writer.write(bytes([_PONG, 0]))
        if tag != _LOGIN:
            return
        asked = decode(body)
        user, stanza = asked[3], asked[1]
        assert isinstance(user, bytes)
        installation = self._installation(int(user))
        installation.writer = writer
        now = int(time.time() * 1000)
        installation.send(_WELCOME, encode([(1, stanza), (5, 1), (6, 1), (8, now)]))
        for registration in self.service.registrations.values():
            if registration.receiver is installation:
                registration.flush(time.time())


async def _read_length(reader: asyncio.StreamReader) -> int:
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return length
