"""A small HTTP/1.1 server that is quick when it behaves and can misbehave in every listed way.

Written by hand because both matter: a bench must measure our sender and not this server, and no
web framework can send one byte a second, break off, or never stop answering.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

MOST_READ = 1_000_000
"""Bytes of one request; far above all that a sender should send, so that 413 can be answered."""


@dataclass(slots=True)
class Request:
    """One request. Header names are lower case; `at` is in seconds since the epoch."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)


@dataclass(slots=True)
class Answer:
    """What goes back, and how badly.

    delay: seconds of silence first. drip: seconds between two single bytes. reset: the
    connection is torn down instead (RST). endless: the body never stops.
    """

    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    drip: float | None = None
    reset: bool = False
    endless: bool = False

    @property
    def plain(self) -> bool:
        return not (self.delay or self.drip is not None or self.reset or self.endless)

    def encoded(self) -> bytes:
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Odd"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not self.endless:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


class _MalformedError(Exception):
    pass


class HttpSide(asyncio.Protocol):
    """One connection, kept alive; `handle` must be quick and is called in the loop's thread."""

    def __init__(
        self, handle: Callable[[Request], Answer], open_sides: set["HttpSide"] | None = None
    ) -> None:
        self._handle = handle
        self._buffer = bytearray()
        self._playing: asyncio.Task[None] | None = None
        self._open_sides = open_sides if open_sides is not None else set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_sides.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_sides.discard(self)
        if self._playing:
            self._playing.cancel()

    def close(self) -> None:
        """Break the connection off at once, as a service that goes away does."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._playing is None:
            self._answer_all()

    def _answer_all(self) -> None:
        try:
            while (request := self._take()) is not None:
                answer = self._handle(request)
                if not answer.plain:
                    self._playing = asyncio.ensure_future(self._play(answer))
                    return
                self._transport.write(answer.encoded())
        except (_MalformedError, ValueError):
            self._transport.write(Answer(400, {"Connection": "close"}).encoded())
            self._transport.close()

    def _take(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        if "transfer-encoding" in headers or length > MOST_READ:
            raise _MalformedError
        whole = end + 4 + length
        if len(self._buffer) < whole:
            return None
        body = bytes(self._buffer[end + 4 : whole])
        del self._buffer[:whole]
        method, path, _ = first.split(" ")
        return Request(method, path, headers, body)

    async def _play(self, answer: Answer) -> None:
        await asyncio.sleep(answer.delay)
        if answer.reset:
            self._reset()
            return
        if answer.endless:
            await self._never_stop(answer)
            return
        if answer.drip is None:
            self._transport.write(answer.encoded())
        else:
            for byte in answer.encoded():
                self._transport.write(bytes([byte]))
                await asyncio.sleep(answer.drip)
        self._playing = None
        self._answer_all()

    def _reset(self) -> None:
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def _never_stop(self, answer: Answer) -> None:
        self._transport.write(answer.encoded())
        while not self._transport.is_closing():
            if self._transport.get_write_buffer_size() < 2**18:
                self._transport.write(b"x" * 2**16)
            await asyncio.sleep(0.001)
