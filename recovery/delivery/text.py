"""A text message before it is handed to a provider, and which replies ask for texts to end."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from recovery.delivery.message import MessageRefused

#: Characters of one text; more would be sent, and billed, as two.
LONGEST: Final = 160
#: Seconds: the longest that providers keep a text for a phone that is off.
LONGEST_TTL: Final = 10 * 3600
#: GSM 03.38, basic table: one other character and a text holds 70 instead of 160.
PLAIN: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text. `ttl` (seconds): what is left of its usefulness; `callback`: where the provider
    reports what became of it ("" = nowhere).

    Whoever has the text can open the notice: number and words stay out of `repr` and logs.
    Raises MessageRefused for one that would not fit.
    """

    to: str
    body: str
    ttl: int
    callback: str = ""

    def __repr__(self) -> str:
        return "TextMessage(…)"

    def __post_init__(self) -> None:
        if len(self.body) > LONGEST or not set(self.body) <= PLAIN:
            raise MessageRefused("A text has at most 160 plain letters.")
        if self.ttl < 1:
            raise MessageRefused("A text must stay useful for a second.")


def plainer(words: str, longest: int) -> str:
    """Return a name in letters that every phone shows, shortened where need be."""
    kept = [letter if letter in PLAIN else _bare(letter) for letter in words]
    return "".join(kept)[:longest].strip()


def _bare(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[:1]
    return base if base in PLAIN else " "


class Wish(StrEnum):
    """What somebody who answers a text asks of us."""

    STOP = "stop"
    START = "start"
    OTHER = "other"


#: In English and Spanish, as the whole reply.
STOP_WORDS: Final = frozenset(
    {
        "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "remove",
        "alto", "pare", "parar", "paren", "cancelar", "cancele", "baja", "detener", "detenga",
        "deje", "dejen", "basta", "terminar", "fin", "salir", "suspender", "opt out", "no mas",
        "no more", "dar de baja", "darme de baja",
    }
)  # fmt: skip
#: Nobody need know the one right word: these count at the beginning of a sentence as well
#: ("Stop texting me"). “Cancel my visit” is not such a sentence.
STOP_BEGINS: Final = frozenset(
    {
        "stop", "stopall", "unsubscribe", "optout", "pare", "parar", "paren", "deje", "dejen",
        "basta", "detener", "detenga",
    }
)  # fmt: skip
#: And these phrases, wherever a sentence begins with them.
STOP_PHRASES: Final = (
    "opt out", "no more texts", "no more messages", "do not text", "don t text", "no mas mensajes",
    "no mas textos", "no me escriba", "no me mande", "no me envie", "no quiero mensajes",
    "no quiero mas mensajes", "cancelar mensajes", "dar de baja", "darme de baja",
)  # fmt: skip
START_WORDS: Final = frozenset(
    {"start", "unstop", "resume", "iniciar", "reanudar", "empezar", "comenzar", "alta"}
)


def wish_in(reply: str) -> Wish:
    """Read a reply as a wish; START only when it is the whole reply, so that nobody is texted
    again by accident."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", reply[:200].casefold())
        if not unicodedata.combining(letter)
    )
    words = re.findall(r"[a-z]+", bare)
    said = " ".join(words)
    begins = STOP_BEGINS.intersection(words[:1]) or said.startswith(STOP_PHRASES)
    if said in STOP_WORDS or begins:
        return Wish.STOP
    return Wish.START if said in START_WORDS else Wish.OTHER
