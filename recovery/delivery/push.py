"""Web push: seals a message, posts it to the phone's push service, reads what became of it."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime

from recovery.delivery.answers import outcome_of, reason_in
from recovery.delivery.connect import Resolve, Way, all_within, system_addresses
from recovery.delivery.endpoints import AllowedHosts, EndpointRefused, Place, place_of
from recovery.delivery.keys import Vapid
from recovery.delivery.message import PushMessage
from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.delivery.posting import WHOLE_TIME, Poster, of_failure, strict_tls
from recovery.delivery.seal import Sealer, SubscriptionRefused

_NO_ROUTES: Mapping[str, tuple[str, int]] = {}


class PushSender:
    """Posts sealed messages over pooled connections; safe to use from many threads.

    No proxy, redirect or automatic retry, and nothing is taken from the environment.
    `connections` is how many are kept open to one host: give the number of sending threads.
    `routes` leads a host to an (ip, port), `tls` replaces the system's trusted authorities.
    `heard` is told what a host says the time is (the Date of its answer, as it came).
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
        heard: Callable[[str, str], None] | None = None,
    ) -> None:
        self._vapid, self._allowed, self._timeout = vapid, allowed, timeout
        self._heard = heard
        self._sealer = Sealer()
        self._poster = Poster(Way(allowed, routes, resolve), connections, tls or strict_tls())

    def send(self, message: PushMessage, now: datetime) -> Outcome:
        """Seal and post one message; an unreachable or misbehaving service is an outcome too.

        On 413 the message's `short` payload is posted once, within the same ten seconds.
        """
        try:
            place = place_of(message.subscription.endpoint, self._allowed)
        except EndpointRefused:
            return Gone("address not allowed by the settings", retire=False, alarm=True)
        if not self._vapid.serves(message.subscription.server_key, now):
            return Gone("subscribed under a key that has ended", retire=True)
        with all_within(self._timeout):
            outcome = self._post(place, message, message.payload, now)
            if isinstance(outcome, TryAgain) and outcome.shorter:
                return self._post_short(place, message, now)
        return outcome

    def close(self) -> None:
        """Close the pooled connections."""
        self._poster.close()

    def _post_short(self, place: Place, message: PushMessage, now: datetime) -> Outcome:
        """Try the one short text there is; a service that refuses it too is never asked again."""
        outcome: Outcome = TryAgain("413", shorter=True)
        if message.short is not None:
            outcome = self._post(place, message, message.short(), now)
        if isinstance(outcome, TryAgain) and outcome.shorter:
            return Gone("413 however short", retire=False, alarm=True)
        return Sent(f"{outcome.detail}, shortened") if isinstance(outcome, Sent) else outcome

    def _post(self, place: Place, message: PushMessage, plain: bytes, now: datetime) -> Outcome:
        try:
            sealed = self._sealer.seal(plain, message.subscription)
            answer = self._poster.post(place, self._headers(place, message, now), sealed)
        except SubscriptionRefused:
            return Gone("unusable keys", retire=True)
        except EndpointRefused:
            return TryAgain("name leads to an address not allowed", alarm=True)
        except OSError as failed:
            return of_failure(failed)
        if self._heard is not None:
            self._heard(place.host, answer.headers.get("date", ""))
        return outcome_of(answer.status, answer.headers, now, reason_in(answer.body))

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
