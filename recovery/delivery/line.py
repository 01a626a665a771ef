"""One kept connection to a carrier: requests leave in one piece, answers are read in bounds."""

import http.client
import io
import re
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from recovery.delivery.connect import time_left

ANSWER_LIMIT: Final = 4_096
"""Bytes read of one answer, head and body together."""

_SHORT = re.compile(
    rb"HTTP/1\.1 (?P<status>[2-5][0-9][0-9])(?: [^\r\n]*)?\r\n"
    rb"(?P<fields>(?:[A-Za-z0-9-]+:[^\r\n]*\r\n)*)\r\n"
)
_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,4})[ \t]*\r\n", re.MULTILINE)
_NOT_SHORT = re.compile(rb"^(?:transfer-encoding|connection):", re.MULTILINE)


class Broken(OSError):
    """What came is no whole answer; whether the message arrived is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the headers (names in small letters) and as much of the body as is read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """A connection, used by one thread at a time within `connect.all_within`."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._poll = select.poll()
        self._poll.register(opened, select.POLLIN)
        self.may_go_on = False

    @property
    def is_quiet(self) -> bool:
        """Whether it is still open and nothing came that nobody asked for."""
        return not self._poll.poll(0)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def exchange(self, request: bytes) -> Answer:
        """Send a whole request and read its answer; afterwards `may_go_on` says whether the
        connection can carry another. Raises OSError, and with it TimeoutError and `Broken`."""
        self.may_go_on = False
        self._socket.settimeout(time_left())
        self._socket.sendall(request)
        self._socket.settimeout(time_left())
        first = self._socket.recv(ANSWER_LIMIT)
        answer = _short(first)
        if answer is not None:
            self.may_go_on = True
            return answer
        return self._long(first)

    def _long(self, first: bytes) -> Answer:
        """Anything but a short answer in one piece is left to the standard library."""
        reads = _Reads(self._socket, first)
        answer = http.client.HTTPResponse(cast(socket.socket, reads), method="POST")
        try:
            answer.begin()
        except (http.client.HTTPException, ValueError) as strange:
            raise Broken("this is no HTTP") from strange
        reads.may_end = True
        body = _body_of(answer)
        self.may_go_on = answer.isclosed() and not answer.will_close and not reads.unread
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, headers, body)


def _short(read: bytes) -> Answer | None:
    """Nearly every answer: whole in one piece, with a length, on a connection that stays."""
    head = _SHORT.match(read)
    if head is None:
        return None
    fields = head["fields"].lower()
    lengths = _LENGTH.findall(fields)
    body = read[head.end() :]
    if len(lengths) != 1 or int(lengths[0]) != len(body) or _NOT_SHORT.search(fields):
        return None
    lines = [line.partition(":") for line in head["fields"].decode("latin-1").splitlines()]
    headers = {name.lower(): value.strip() for name, _, value in lines}
    return Answer(int(head["status"]), headers, body)


def _body_of(answer: http.client.HTTPResponse) -> bytes:
    """Read what the bounds let through; the status is known, so a broken body changes nothing.

    In pieces: a length that the service only claims must not be set aside in memory.
    """
    read = b""
    try:
        while piece := answer.read(ANSWER_LIMIT):
            read += piece
    except (OSError, http.client.HTTPException, ValueError):
        return read
    return read


class _Reads(io.BufferedIOBase):
    """Reads a socket up to the deadline and the size limit, whatever the other side does.

    Begins with what was read before. Until `may_end` an end is a fault: `http.client` takes a
    head that breaks off for a whole one. `unread` came and was not asked for.
    """

    def __init__(self, opened: socket.socket, first: bytes) -> None:
        self._socket, self.unread = opened, first
        self._left = ANSWER_LIMIT - len(first)
        self._ended = not first
        self.may_end = False

    def makefile(self, _mode: str) -> "_Reads":
        """Be what `http.client` asks a socket for."""
        return self

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        wanted = ANSWER_LIMIT if size is None or size < 0 else size
        while len(self.unread) < wanted and self._more():
            pass
        return self._take(wanted)

    def readinto(self, buffer: Any) -> int:
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def readline(self, size: int | None = -1) -> bytes:
        while b"\n" not in self.unread and self._more():
            pass
        end = self.unread.find(b"\n") + 1 or len(self.unread)
        return self._take(end if size is None or size < 0 else min(end, size))

    def _take(self, count: int) -> bytes:
        piece, self.unread = self.unread[:count], self.unread[count:]
        return piece

    def _more(self) -> bool:
        """Wait for more. False once the other side has hung up."""
        if self._left == 0:
            raise ConnectionAbortedError("the answer is too long")
        piece = b""
        if not self._ended:
            self._socket.settimeout(time_left())
            piece = self._socket.recv(self._left)
        self._ended = not piece
        if self._ended and not self.may_end:
            raise ConnectionResetError("the head of the answer was cut off")
        self.unread += piece
        self._left -= len(piece)
        return not self._ended
