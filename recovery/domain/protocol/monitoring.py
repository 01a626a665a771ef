"""What staff write down of a visit beside the vital signs, where a programme asks for it."""

from enum import StrEnum
from typing import Final

from recovery.domain.protocol.base import Rule

DOSE: Final = "dose"
SERIOUS: Final = "serious-event"


class Effect(StrEnum):
    """What staff watch for after the dose."""

    SEDATION = "sedation"
    DISSOCIATION = "dissociation"
    BREATHING = "respiratory-depression"


class MonitoringForm(Rule):
    """The fields of a monitoring form; a form without any is not asked for.

    doses: in mg, the usual ones, to choose from; empty = the dose is not asked for.
    effects: of each, whether it came, since when and until when.
    """

    doses: tuple[float, ...] = ()
    effects: tuple[Effect, ...] = ()
    serious_events: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """The names of what is written down, in the order of the form."""
        dose = (DOSE,) if self.doses else ()
        return (*dose, *self.effects, *((SERIOUS,) if self.serious_events else ()))


#: Of a protocol that says nothing about it.
NO_FORM: Final = MonitoringForm(source="No programme asks for a monitoring form here")
