"""A sender that keeps messages in memory: what tests of everything above delivery use."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from recovery.delivery.outcome import Outcome, Sent

Message = TypeVar("Message")


class MemorySender(Generic[Message]):
    """Takes any message, remembers it with its time, and answers from a queue, then `Sent`."""

    def __init__(self, answers: Iterable[Outcome] = ()) -> None:
        self._answers = deque(answers)
        self._lock = Lock()
        self.sent: list[tuple[Message, datetime]] = []
        self.closed = False

    @property
    def messages(self) -> list[Message]:
        """All messages that came, in order, whatever was answered."""
        with self._lock:
            return [message for message, _ in self.sent]

    def answer_next(self, *answers: Outcome) -> None:
        """Queue what the next sends shall hear, one each."""
        with self._lock:
            self._answers.extend(answers)

    def send(self, message: Message, now: datetime) -> Outcome:
        """Record the message and give the next queued answer."""
        with self._lock:
            self.sent.append((message, now))
            return self._answers.popleft() if self._answers else Sent()

    def close(self) -> None:
        """Remember that it was closed; messages stay readable."""
        self.closed = True
