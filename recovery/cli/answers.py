"""What `setup` is told: by options and the environment first, else asked until it can be used."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from recovery.services.refusals import Refused

T = TypeVar("T")


class Unusable(Exception):
    """An answer cannot be used; its text is a sentence for the operator alone."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field


class Answers:
    """Answers to named questions. Without `ask` a missing or wrong one ends the command."""

    def __init__(self, given: Mapping[str, str | None], *, ask: bool) -> None:
        self._given, self._ask = dict(given), ask

    def of(self, name: str, words: str, known: str = "", *, needed: bool = True) -> str:
        """Return the answer; `known` is what is true already, and taken on Enter."""
        given = self._given.get(name)
        if given is not None:
            return given.strip()
        if not self._ask:
            if needed and not known:
                raise click.ClickException(f"{option(name)} is missing: {words}.")
            return known
        while True:
            said: str = click.prompt(words, default=known, show_default=bool(known)).strip()
            if said or not needed:
                self._given[name] = said
                return said

    def until_taken(self, take: Callable[[], T]) -> T:
        """Call `take`, which asks by `of`; a field that was refused is asked again."""
        while True:
            try:
                return take()
            except (Refused, Unusable) as refused:
                if not self._ask:
                    where = f"{option(refused.field)}: " if refused.field else ""
                    raise click.ClickException(where + refused.sentence) from None
                click.echo(refused.sentence)
                self._given[refused.field] = None


def option(name: str) -> str:
    """The option that gives an answer."""
    return f"--{name.replace('_', '-')}"
