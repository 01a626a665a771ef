"""How a socket to a push host is opened and read: checked addresses, one deadline, few bytes.

urllib3's time-outs start anew with every byte, and it looks a name up again by itself. Here one
deadline covers looking up, connecting, TLS, sending and reading, and the address that was judged
is the address connected to, while TLS still verifies the name.
"""

import http.client
import io
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError

from recovery.delivery.endpoints import AllowedHosts, check_addresses

ANSWER_LIMIT = 4_096
"""Bytes read of one answer, head and body together."""

_MOST_ADDRESSES = 4

# urllib3 writes a phone's whole address into its log, and whoever has it can post to the phone.
logging.getLogger("urllib3").setLevel(logging.ERROR)

Resolve = Callable[[str, int], Sequence[str]]


class _Deadline(threading.local):
    """The end of the POST that this thread is busy with, on the monotonic clock."""

    ends: float = 0.0

    def left(self) -> float:
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the whole time for this message is over")
        return seconds


_deadline = _Deadline()


@contextmanager
def all_within(seconds: float) -> Iterator[None]:
    """Give everything this thread does on the network in here one common end."""
    _deadline.ends = time.monotonic() + seconds
    try:
        yield
    finally:
        _deadline.ends = 0.0


def time_left() -> float:
    """Seconds until that end; raises TimeoutError once it has passed."""
    return _deadline.left()


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Look a name up as the machine does; raises OSError (socket.gaierror)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True)
class Way:
    """Opens sockets. `routes` leads a host to an (ip, port) chosen by hand."""

    allowed: AllowedHosts
    routes: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    resolve: Resolve = system_addresses

    def open(self, host: str, port: int) -> socket.socket:
        """Connect to a host, to one of exactly the addresses that were judged.

        Raises EndpointRefused before any packet, OSError or TimeoutError otherwise.
        """
        if host in self.routes:
            return _connected(*self.routes[host], _deadline.left())
        addresses = looked_up(host, port, self.resolve)
        check_addresses(addresses, self.allowed)
        return connected_to(addresses, port)


def looked_up(host: str, port: int, resolve: Resolve) -> Sequence[str]:
    """Resolve in a thread of its own: a look-up cannot be interrupted, only left behind."""
    answer: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answer.put(resolve(host.strip("[]"), port) or OSError("no address"))
        except OSError as failed:
            answer.put(failed)

    threading.Thread(target=look_up, daemon=True, name="host-look-up").start()
    try:
        found = answer.get(timeout=_deadline.left())
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(found, OSError):
        raise found
    return found[:_MOST_ADDRESSES]


def connected_to(addresses: Sequence[str], port: int) -> socket.socket:
    """Connect to the first of these addresses that answers; each gets its share of the time."""
    for waiting, address in zip(range(len(addresses), 1, -1), addresses, strict=False):
        try:
            return _connected(address, port, _deadline.left() / waiting)
        except OSError:
            continue
    return _connected(addresses[-1], port, _deadline.left())


def _connected(address: str, port: int, seconds: float) -> socket.socket:
    opened = socket.create_connection((address, port), timeout=seconds)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.settimeout(_deadline.left())
    return opened


class _BoundedReads(io.RawIOBase):
    """Reads a socket up to the deadline and the size limit, whatever the other side does."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._raw = opened.makefile("rb", buffering=0)
        self._left = ANSWER_LIMIT
        self.may_end = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._left == 0:
            raise ConnectionAbortedError("the answer is too long")
        self._socket.settimeout(_deadline.left())
        count = self._raw.readinto(memoryview(buffer)[: self._left])
        if not count and not self.may_end:
            raise ConnectionResetError("the head of the answer was cut off")
        self._left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """An answer read within bounds. `http.client` takes a head that breaks off for a whole one."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._reads = _BoundedReads(sock)
        self.fp = io.BufferedReader(self._reads, ANSWER_LIMIT)

    def begin(self) -> None:
        super().begin()
        self._reads.may_end = True


class _Connection(HTTPConnection):
    response_class = _BoundedResponse

    def __init__(self, *args: Any, way: Way, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._way = way

    def _new_conn(self) -> socket.socket:
        try:
            return self._way.open(self.host, self.port)
        except socket.gaierror as failed:
            raise NameResolutionError(self.host, self, failed) from failed

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(_deadline.left())
        super().send(data)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same under TLS: HTTPSConnection verifies `self.host`, not the address."""


class PlainPool(HTTPConnectionPool):
    """Connections to a loopback push service (development and tests)."""

    ConnectionCls = _Connection


class SecurePool(HTTPSConnectionPool):
    """Connections to one real push host."""

    ConnectionCls = _SecureConnection
