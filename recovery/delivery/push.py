"""Web push: seals a message, posts it to the phone's push service, reads what became of it."""

import ssl
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from urllib3 import BaseHTTPResponse, PoolManager
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    ProtocolError,
    SSLError,
)
from urllib3.exceptions import (
    TimeoutError as TimeOut,
)

from recovery.delivery.answers import outcome_of, reason_in
from recovery.delivery.connect import (
    ANSWER_LIMIT,
    PlainPool,
    Resolve,
    SecurePool,
    Way,
    all_within,
    system_addresses,
)
from recovery.delivery.endpoints import AllowedHosts, EndpointRefused, Place, place_of
from recovery.delivery.keys import Vapid
from recovery.delivery.message import PushMessage
from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.delivery.seal import Sealer, SubscriptionRefused

WHOLE_TIME = 10.0
"""Seconds for one message in all, from looking the name up to the last byte of the answer."""

_NO_ROUTES: Mapping[str, tuple[str, int]] = {}
_CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class PushSender:
    """Posts sealed messages over pooled connections; safe to use from many threads.

    No proxy, redirect or automatic retry, and nothing is taken from the environment.
    `connections` is how many are kept open to one host: give the number of sending threads.
    `routes` leads a host to an (ip, port), `tls` replaces the system's trusted authorities.
    """

    def __init__(
        self,
        vapid: Vapid,
        allowed: AllowedHosts,
        *,
        timeout: float = WHOLE_TIME,
        connections: int = 16,
        routes: Mapping[str, tuple[str, int]] = _NO_ROUTES,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._vapid, self._allowed, self._timeout = vapid, allowed, timeout
        self._sealer = Sealer()
        self._pools = _pools(Way(allowed, routes, resolve), connections, tls or _strict_tls())

    def send(self, message: PushMessage, now: datetime) -> Outcome:
        """Seal and post one message; an unreachable or misbehaving service is an outcome too.

        On 413 the message's `short` payload is posted once, within the same ten seconds.
        """
        try:
            place = place_of(message.subscription.endpoint, self._allowed)
        except EndpointRefused:
            return Gone("address not allowed by the settings", retire=False, alarm=True)
        if not self._vapid.serves(message.subscription.server_key):
            return Gone("subscribed under a key that has ended", retire=True)
        with all_within(self._timeout):
            outcome = self._post(place, message, message.payload, now)
            if isinstance(outcome, TryAgain) and outcome.shorter:
                return self._post_short(place, message, now)
        return outcome

    def close(self) -> None:
        """Close the pooled connections."""
        self._pools.clear()

    def _post_short(self, place: Place, message: PushMessage, now: datetime) -> Outcome:
        """Try the one short text there is; a service that refuses it too is never asked again."""
        outcome: Outcome = TryAgain("413", shorter=True)
        if message.short is not None:
            outcome = self._post(place, message, message.short, now)
        if isinstance(outcome, TryAgain) and outcome.shorter:
            return Gone("413 however short", retire=False, alarm=True)
        return Sent(f"{outcome.detail}, shortened") if isinstance(outcome, Sent) else outcome

    def _post(self, place: Place, message: PushMessage, plain: bytes, now: datetime) -> Outcome:
        try:
            sealed = self._sealer.seal(plain, message.subscription)
            answer = self._answer(place, self._headers(place, message, now), sealed)
        except SubscriptionRefused:
            return Gone("unusable keys", retire=True)
        except EndpointRefused:
            return TryAgain("name leads to an address not allowed", alarm=True)
        except HTTPError as failed:
            return _of_failure(failed)
        return outcome_of(answer.status, answer.headers, now, reason_in(_body(answer)))

    def _headers(self, place: Place, message: PushMessage, now: datetime) -> dict[str, str]:
        key = message.subscription.server_key
        headers = {
            "Authorization": self._vapid.authorization(place.origin, now, key),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl),
            "Urgency": message.urgency.value,
        }
        if message.topic is not None:
            headers["Topic"] = message.topic
        if place.host.endswith(".notify.windows.com"):
            headers["X-WNS-Cache-Policy"] = "cache"  # must agree with a TTL above 0
        return headers

    def _answer(self, place: Place, headers: dict[str, str], sealed: bytes) -> BaseHTTPResponse:
        pool = self._pools.connection_from_host(place.host, place.port, place.scheme)
        return pool.urlopen(
            "POST",
            place.target,
            body=sealed,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=self._timeout,
            preload_content=False,
            decode_content=False,
        )


def _body(answer: BaseHTTPResponse) -> bytes:
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


def _of_failure(failed: HTTPError) -> Outcome:
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


def _strict_tls() -> ssl.SSLContext:
    """TLS 1.2 and above with the system's authorities.

    Not `ssl.create_default_context`: that one writes session keys to a file on the environment's
    demand.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context


def _pools(way: Way, connections: int, tls: ssl.SSLContext) -> PoolManager:
    pools = PoolManager(num_pools=50, maxsize=connections, block=False, ssl_context=tls)
    classes: dict[str, Any] = {
        "http": partial(PlainPool, way=way),
        "https": partial(SecurePool, way=way),
    }
    pools.pool_classes_by_scheme = classes
    return pools
