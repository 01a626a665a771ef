"""What the answer of a push service means for a notice and for the phone's address."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from recovery.delivery.outcome import Gone, Outcome, Sent, TryAgain

LONGEST_WAIT = timedelta(hours=1)
"""A service that asks for more is asked again after an hour: one broken header must not silence
a whole make of phones for a day, and one question an hour is no storm."""

_FIRST_BACK_OFF = timedelta(seconds=5)
_LONGEST_BACK_OFF = timedelta(minutes=5)
_REASON = re.compile(r"[A-Za-z]{3,40}")


def outcome_of(status: int, headers: Mapping[str, str], now: datetime, reason: str = "") -> Outcome:
    """Translate a status into one of the three outcomes.

    201 is the only success RFC 8030 §5 documents for what we ask (202 answers a request for
    receipts, which we never make). Any other 2xx may come from a proxy or a captive portal and
    proves nothing; sending again is harmless, because the topic replaces.
    400 and its like: our request is malformed, the same bytes fail again, so the message is given
    up and the address kept. 401 and 403: our key or clock is wrong, so the notice waits for us.
    404 and 410: the address is dead. 413: a shorter text may pass. 429 and 5xx: their affair.
    Redirects are never followed. `reason` is an already cleaned word from the answer's body.
    """
    detail = f"{status} {reason}".strip()
    match status:
        case 201:
            return Sent(detail)
        case 404 | 410:
            return Gone(detail, retire=True)
        case 401 | 403:
            return TryAgain(detail, alarm=True)
        case 413:
            return TryAgain(detail, timedelta(0), shorter=True)
    return usual_outcome(status, headers, now, detail)


def usual_outcome(
    status: int, headers: Mapping[str, str], now: datetime, detail: str
) -> Gone | TryAgain:
    """Translate a status that means the same whatever service it comes from.

    `detail` is what is kept of the answer. A refusal that is not named would come again, so the
    message is given up; what is neither success nor failure alarms, and the notice waits.
    """
    match status:
        case 429:
            return TryAgain(detail, retry_after(headers, now), whole_host=True)
        case 408 | 425:
            return TryAgain(detail)
        case _ if 500 <= status <= 599:
            wait = retry_after(headers, now)
            return TryAgain(detail, wait, whole_host=wait is not None)
        case _ if 400 <= status <= 499:
            return Gone(detail, retire=False, alarm=True)
    return TryAgain(detail, alarm=True)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Read Retry-After, in seconds or as a date, bounded to between 1 second and an hour.

    None = absent, negative, in the past or nonsense: the caller's own back-off holds.
    """
    text = next((v.strip() for k, v in headers.items() if k.lower() == "retry-after"), "")
    if text.isascii() and text.isdecimal():
        seconds = min(int(text[:12]), int(LONGEST_WAIT.total_seconds()))
        return timedelta(seconds=max(seconds, 1))
    until = moment_in(text)
    if until is None or until <= now:
        return None
    return min(until - now, LONGEST_WAIT)


def moment_in(text: str) -> datetime | None:
    """Read a date as HTTP writes it, as UTC; None = absent or nonsense."""
    try:
        moment: datetime = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def back_off(tries: int, jitter: float) -> timedelta:
    """Say how long to wait after the `tries`-th failure in a row: 5 s, doubled up to 5 minutes.

    `jitter` is drawn by the caller from 0 to 1 and takes off up to half, so that a thousand
    notices which failed together do not come back together.
    """
    doubled = _FIRST_BACK_OFF * (1 << min(max(tries - 1, 0), 10))
    return min(doubled, _LONGEST_BACK_OFF) * (1 - min(max(jitter, 0.0), 1.0) / 2)


def reason_in(body: bytes) -> str:
    """Find the one word that helps an operator: Apple's `reason` or Mozilla's `errno`.

    Anything else in the body is a stranger's text and is not kept.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    reason, errno = said.get("reason"), said.get("errno")
    if isinstance(reason, str) and _REASON.fullmatch(reason):
        return reason
    if type(errno) is int and 0 <= errno <= 999:
        return f"errno {errno}"
    return ""
