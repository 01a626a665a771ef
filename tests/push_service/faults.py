"""Faults that a test queues, taken by the POSTs that follow, in order."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tests.push_service.http_side import Answer


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` POSTs (to `endpoint` only, if given).

    answer: None = the honest answer, only badly delivered. accepted: the message is judged
    and delivered all the same, so that a sender which never learns the outcome can be tested.
    """

    answer: Answer | None
    misbehave: Answer
    accepted: bool
    endpoint: str | None
    times: float

    def spoil(self, honest: Answer | None) -> Answer:
        base = self.answer or honest or Answer(500)
        bad = self.misbehave
        return Answer(
            base.status, base.headers, base.body, bad.delay, bad.drip, bad.reset, bad.endless
        )


class Faults:
    """The queue. One entry serves `times` POSTs before the next entry has its turn."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def queue(
        self,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        delay: float = 0.0,
        drip: float | None = None,
        reset: bool = False,
        endless: bool = False,
        redirect: str | None = None,
        accepted: bool | None = None,
        endpoint: str | None = None,
        times: float = 1,
    ) -> None:
        """Spoil the next `times` POSTs (math.inf: until `clear`). See Answer for the manners.

        redirect: a Location, with 307 unless `status` says otherwise. accepted: whether the
        message is delivered all the same; by default only when nothing but time goes wrong
        (delay, drip), so `reset=True, accepted=True` is a sender killed before its answer.
        """
        answer = None
        if redirect is not None:
            answer = Answer(status or 307, {**(headers or {}), "Location": redirect}, body)
        elif status is not None:
            answer = Answer(status, headers or {}, body)
        elif endless or headers or body:
            answer = Answer(201, headers or {}, body)
        if accepted is None:
            accepted = answer is None and not reset
        misbehave = Answer(delay=delay, drip=drip, reset=reset, endless=endless)
        self._queue.append(Fault(answer, misbehave, accepted, endpoint, times))

    def clear(self) -> None:
        self._queue.clear()

    def take(self, endpoint: str) -> Fault | None:
        """Give the fault that this POST runs into, and count it down."""
        if not self._queue:
            return None
        for fault in self._queue:
            if fault.endpoint in (None, endpoint):
                fault.times -= 1
                if fault.times < 1 and not math.isinf(fault.times):
                    self._queue.remove(fault)
                return fault
        return None
