"""How a socket to a push host is opened: checked addresses, and one deadline for everything.

HTTP clients' time-outs start anew with every byte, and they look a name up again by themselves.
Here one deadline covers looking up, connecting, TLS, sending and reading, and the address that was
judged is the address connected to, while TLS still verifies the name.
"""

import math
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from recovery.delivery.endpoints import AllowedHosts, check_addresses

_MOST_ADDRESSES = 4

Resolve = Callable[[str, int], Sequence[str]]


class TooLate(Exception):
    """Nothing has left, and nothing may leave any more: what was checked for it holds no longer."""


class _Deadline(threading.local):
    """The end of the POST that this thread is busy with, on the monotonic clock.

    `leaves_by`: when its first byte must be on its way.
    """

    ends: float = 0.0
    leaves_by: float = math.inf

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


@contextmanager
def leaving_by(moment: float) -> Iterator[None]:
    """Let this thread send nothing that has not begun by then (monotonic seconds)."""
    _deadline.leaves_by = moment
    try:
        yield
    finally:
        _deadline.leaves_by = math.inf


def begin() -> None:
    """Raise `TooLate` if it is; what follows belongs to what has begun in time."""
    if time.monotonic() > _deadline.leaves_by:
        raise TooLate
    _deadline.leaves_by = math.inf


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
