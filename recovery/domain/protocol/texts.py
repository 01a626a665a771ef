"""Texts in each language, with places for what is known only at the visit."""

from string import Formatter

from pydantic import RootModel, field_validator

#: What a text may leave open; filled in when it is shown, in the reader's language and zone.
#: Times read “14:30 on Tuesday” and “las 14:30 del martes”, to stand after at/before/until and
#: a/antes de/hasta. `at` is the step's own time, `next` that of the next limit after it. A
#: notice that says `earliest` is not sent after it: “not before” a past time would mislead.
PLACES = frozenset(
    {"at", "visit", "arrive", "earliest", "driver", "patient", "clinic", "phone", "pickup", "next"}
)


class Text(RootModel[dict[str, str]]):
    """One text, once for each language (`en`, `es`)."""

    model_config = {"frozen": True}

    @field_validator("root")
    @classmethod
    def _places_are_known(cls, root: dict[str, str]) -> dict[str, str]:
        for language, words in root.items():
            if not words.strip():
                raise ValueError(f"The text in “{language}” is empty.")
            for place in sorted(places_in(words) - PLACES):
                raise ValueError(f"“{{{place}}}” is not a place a text may leave open.")
        return root

    def in_language(self, language: str) -> str:
        """Return the words in `language`; a protocol is refused when a language is missing."""
        return self.root[language]

    @property
    def languages(self) -> frozenset[str]:
        """The languages this text exists in."""
        return frozenset(self.root)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.root.items())))


def places_in(words: str) -> frozenset[str]:
    """Return the names of the places that `words` leave open; ValueError for a lone brace."""
    try:
        parts = list(Formatter().parse(words))
    except ValueError as fault:
        raise ValueError("A “{” or “}” in this text stands alone.") from fault
    return frozenset(place for _, place, _, _ in parts if place is not None)
