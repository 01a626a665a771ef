"""Text messages through Twilio: one post a message, and its calls back proved by signature."""

import hmac
import json
import re
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Final
from urllib.parse import urlencode

from recovery.delivery.answers import usual_outcome
from recovery.delivery.connect import Resolve, Way, all_within, system_addresses
from recovery.delivery.endpoints import AllowedHosts, EndpointRefused, Place
from recovery.delivery.line import Answer
from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain
from recovery.delivery.posting import WHOLE_TIME, Poster, of_failure, strict_tls
from recovery.delivery.text import LONGEST_TTL, TextMessage

HOST: Final = "api.twilio.com"
#: Twilio's codes for a number whose owner said STOP to it, and for one that takes no texts.
STOPPED: Final = 21610
NO_NUMBER: Final = frozenset({21211, 21214, 21217, 21265, 21612, 21614, 21635})
#: What a call back may say of one text; the rest of Twilio's words mean that it is on its way.
DELIVERED: Final = frozenset({"delivered", "read"})
LOST: Final = frozenset({"undelivered", "failed", "canceled"})

_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_FROM = re.compile(r"\+[1-9][0-9]{6,14}|MG[0-9a-f]{32}")
_NO_ROUTES: Mapping[str, tuple[str, int]] = {}


class TwilioRefused(ValueError):
    """The settings cannot be used; the text reads on from their names."""


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account, its secret token, and the number (or messaging service) that texts come from."""

    account: str
    token: str
    sender: str

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise TwilioRefused("must be an account SID: AC and 32 digits")
        if len(self.token) < 16 or not self.token.isascii():
            raise TwilioRefused("needs RECOVERY_TWILIO_TOKEN, the account's auth token")
        if not _FROM.fullmatch(self.sender):
            raise TwilioRefused("needs RECOVERY_TWILIO_FROM, a number like +15005550006 or MG…")

    def __repr__(self) -> str:
        return "TwilioAccount(…)"


class TwilioSender:
    """Posts texts over pooled connections; safe to use from many threads.

    Twilio knows no key that makes a repeated post harmless, so a text whose outcome is not
    known may come twice; its link then opens the same notice. `routes`, `resolve` and `tls` as
    for `PushSender`.
    """

    def __init__(
        self,
        account: TwilioAccount,
        *,
        timeout: float = WHOLE_TIME,
        connections: int = 4,
        routes: Mapping[str, tuple[str, int]] = _NO_ROUTES,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._account, self._timeout = account, timeout
        way = Way(AllowedHosts(), routes, resolve)
        self._poster = Poster(way, connections, tls or strict_tls())

    def send(self, message: TextMessage, now: datetime) -> Outcome:
        """Hand over one text; a provider that is away or misbehaves is an outcome too."""
        with all_within(self._timeout):
            try:
                answer = self._post(message)
            except EndpointRefused:
                return TryAgain("name leads to an address not allowed", alarm=True)
            except OSError as failed:
                return of_failure(failed)
            return outcome_of(answer.status, answer.headers, now, code_in(answer.body))

    def close(self) -> None:
        """Close the pooled connections."""
        self._poster.close()

    def _post(self, message: TextMessage) -> Answer:
        ours = self._account
        by = "MessagingServiceSid" if ours.sender.startswith("MG") else "From"
        fields = {
            "To": message.to,
            by: ours.sender,
            "Body": message.body,
            "ValidityPeriod": str(min(message.ttl, LONGEST_TTL)),
        }
        if message.callback:
            fields["StatusCallback"] = message.callback
        key = b64encode(f"{ours.account}:{ours.token}".encode()).decode()
        place = Place("https", HOST, 443, f"/2010-04-01/Accounts/{ours.account}/Messages.json")
        headers = {
            "Authorization": f"Basic {key}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        return self._poster.post(place, headers, urlencode(fields).encode())


def outcome_of(status: int, headers: Mapping[str, str], now: datetime, code: int = 0) -> Outcome:
    """Translate a status and Twilio's own error code into one of the three outcomes.

    201 is the only success. A refused account waits for us; a number that cannot be texted is
    retired; any other refusal would be repeated, so the ladder goes on at once.
    """
    detail = f"{status} {code}" if code else str(status)
    match status:
        case 201:
            return Sent(detail)
        case 400 if code == STOPPED:
            return Gone(detail, retire=False, stopped=True)
        case 400:
            none = code in NO_NUMBER
            return Gone(detail, retire=none, alarm=not none)
        case 401 | 403 | 404:
            return TryAgain(detail, alarm=True)
        case 409:
            return TryAgain(detail)
    return usual_outcome(status, headers, now, detail)


def code_in(body: bytes) -> int:
    """Find Twilio's error code; anything else in the body is not kept."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return 0
    code = said.get("code") if isinstance(said, dict) else None
    return code if type(code) is int and 0 < code < 100_000 else 0


def is_from_twilio(token: str, url: str, fields: Iterable[tuple[str, str]], signed: str) -> bool:
    """Whether a call to `url` (the public one, with its query) carries Twilio's signature.

    HMAC-SHA1 over the address and the form's fields in the order of their names, as Twilio
    defines it; compared in constant time.
    """
    words = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), words.encode(), sha1).digest()
    return hmac.compare_digest(b64encode(digest), signed.encode("utf-8", "replace"))
