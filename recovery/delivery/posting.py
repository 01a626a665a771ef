"""HTTPS posts to carriers over kept connections, and what no answer at all means.

Not urllib3: with what had to be put right in it (one deadline, few bytes read, judged addresses) a
post cost 0.35 ms of a processor beside the 0.15 ms of sealing it, and all of it held the
interpreter. One write and one read cost 0.05 ms. Answers are still read by `http.client`, but for
the short ones that nearly all of them are (`line.py`).
"""

import socket
import ssl
from collections import defaultdict
from collections.abc import Mapping
from threading import Lock
from typing import Final

from recovery.delivery.connect import TooLate, Way, begin, time_left
from recovery.delivery.endpoints import Place
from recovery.delivery.line import Answer, Line
from recovery.delivery.outcome import Outcome, TryAgain

WHOLE_TIME: Final = 10.0
"""Seconds for one message in all, from looking the name up to the last byte of the answer."""

_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class Poster:
    """Posts within `connect.all_within`; safe to use from many threads.

    No proxy, redirect or automatic retry, and nothing is taken from the environment.
    `connections` is how many are kept to one host: give the number of sending threads.
    """

    def __init__(self, way: Way, connections: int, tls: ssl.SSLContext) -> None:
        self._way, self._connections, self._tls = way, connections, tls
        self._kept: defaultdict[tuple[str, str, int], list[Line]] = defaultdict(list)
        self._lock = Lock()

    def post(self, place: Place, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post once. Raises EndpointRefused before any packet, OSError when no answer came.

        A connection may take its time to open: one that has opened too late for this message
        (`TooLate`) is kept for the next.
        """
        whose = (place.scheme, place.host, place.port)
        request = _request(place, headers, body)
        line = self._taken(whose) or self._opened(place)
        try:
            begin()
            answer = line.exchange(request)
        except TooLate:
            line.may_go_on = True
            raise
        finally:
            self._given_back(whose, line)
        return answer

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            lines = [line for kept in self._kept.values() for line in kept]
            self._kept.clear()
        for line in lines:
            line.close()

    def _taken(self, whose: tuple[str, str, int]) -> Line | None:
        """Take a connection that is still good; a carrier may have hung up since."""
        while True:
            with self._lock:
                kept = self._kept.get(whose)
                line = kept.pop() if kept else None
            if line is None or line.is_quiet:
                return line
            line.close()

    def _given_back(self, whose: tuple[str, str, int], line: Line) -> None:
        with self._lock:
            if line.may_go_on and len(self._kept[whose]) < self._connections:
                self._kept[whose].append(line)
                return
        line.close()

    def _opened(self, place: Place) -> Line:
        opened = self._way.open(place.host, place.port)
        if place.scheme == "http":
            return Line(opened)
        try:
            opened.settimeout(time_left())
            name = place.host.strip("[]")
            return Line(self._tls.wrap_socket(opened, server_hostname=name))
        except BaseException:
            opened.close()
            raise


def _request(place: Place, headers: Mapping[str, str], body: bytes) -> bytes:
    """The whole request in one piece, so that it leaves in one packet."""
    usual = place.origin.endswith(place.host)
    host = place.host if usual else f"{place.host}:{place.port}"
    lines = (
        f"POST {place.target} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: Homeward",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    )
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        raise ValueError("a header must not break its line")
    return head.encode("ascii") + b"\r\n\r\n" + body


def of_failure(failed: OSError) -> Outcome:
    """No answer: it may have arrived all the same, so the subscription stays and it goes again.

    A certificate that is expired, foreign or for another name is an alarm: somebody may sit in
    between, or this machine's trusted authorities or clock are wrong. A cut-off is not.
    """
    match failed:
        case socket.gaierror():
            return TryAgain("name not resolving")
        case TimeoutError():
            return TryAgain("time-out")
        case ssl.SSLError() if not isinstance(failed, _CUT_OFF):
            return TryAgain("TLS not trusted", alarm=True)
    return TryAgain("connection broken")


def strict_tls() -> ssl.SSLContext:
    """TLS 1.2 and above with the system's authorities.

    Not `ssl.create_default_context`: that one writes session keys to a file on the environment's
    demand.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context
