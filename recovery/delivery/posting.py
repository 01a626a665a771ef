"""HTTPS posts to carriers: pooled connections with bounds, and what no answer at all means."""

import ssl
from functools import partial
from typing import Any, Final

from urllib3 import BaseHTTPResponse, PoolManager
from urllib3.exceptions import HTTPError, NameResolutionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as TimeOut

from recovery.delivery.connect import ANSWER_LIMIT, PlainPool, SecurePool, Way
from recovery.delivery.outcome import Outcome, TryAgain

WHOLE_TIME: Final = 10.0
"""Seconds for one message in all, from looking the name up to the last byte of the answer."""

_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def body_of(answer: BaseHTTPResponse) -> bytes:
    """Read what `connect` lets through; the status is known, so a broken body changes nothing.

    In pieces: a length that the service only claims must not be set aside in memory.
    """
    read = b""
    try:
        while piece := answer.read(ANSWER_LIMIT):
            read += piece
    except HTTPError:
        answer.close()
    return read


def of_failure(failed: HTTPError) -> Outcome:
    """No answer: it may have arrived all the same, so the subscription stays and it goes again.

    A certificate that is expired, foreign or for another name is an alarm: somebody may sit in
    between, or this machine's trusted authorities or clock are wrong. A cut-off is not.
    """
    cause = failed.args[-1] if failed.args else None
    if isinstance(failed, NameResolutionError):
        return TryAgain("name not resolving")
    if isinstance(failed, TimeOut) or isinstance(cause, TimeoutError):
        return TryAgain("time-out")
    if isinstance(failed, SSLError) and not isinstance(cause, _CUT_OFF):
        return TryAgain("TLS not trusted", alarm=True)
    if isinstance(failed, ProtocolError | SSLError):
        return TryAgain("connection broken")
    return TryAgain("no connection")


def strict_tls() -> ssl.SSLContext:
    """TLS 1.2 and above with the system's authorities.

    Not `ssl.create_default_context`: that one writes session keys to a file on the environment's
    demand.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context


def pools_for(way: Way, connections: int, tls: ssl.SSLContext) -> PoolManager:
    pools = PoolManager(num_pools=50, maxsize=connections, block=False, ssl_context=tls)
    classes: dict[str, Any] = {
        "http": partial(PlainPool, way=way),
        "https": partial(SecurePool, way=way),
    }
    pools.pool_classes_by_scheme = classes
    return pools
