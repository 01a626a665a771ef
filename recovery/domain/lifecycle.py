"""Life cycles: one enum and one table of lawful moves, judged before anything changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from recovery.domain.errors import UnlawfulMove

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True)
class LifeCycle(Generic[State]):
    """The states of one thing and the moves between them that are lawful.

    `backwards` lists moves that only an undo with a reason may make (a wrong tap).
    """

    thing: str
    moves: Mapping[State, frozenset[State]]
    backwards: Mapping[State, frozenset[State]]

    def judge(self, current: State, wanted: State) -> None:
        """Raise `UnlawfulMove` unless `wanted` may follow `current`."""
        if wanted not in self.moves.get(current, frozenset()):
            raise UnlawfulMove(self.thing, current.value, wanted.value)

    def judge_undo(self, current: State, previous: State) -> None:
        """Raise `UnlawfulMove` unless a wrong tap may be taken back to `previous`."""
        if previous not in self.backwards.get(current, frozenset()):
            raise UnlawfulMove(self.thing, current.value, previous.value)

    def may_become(self, current: State) -> frozenset[State]:
        """Every state that may lawfully follow `current`."""
        return self.moves.get(current, frozenset())
