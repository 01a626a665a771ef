"""What this installation can send by, said once by whoever starts a worker or a page."""

from dataclasses import dataclass

from recovery.store.addresses import Channel


@dataclass(frozen=True, slots=True)
class Outlets:
    """The address that links begin with, and the channels that are set up beside push."""

    public_url: str
    channels: frozenset[Channel] = frozenset()

    @property
    def calls_back(self) -> bool:
        """Whether a provider can reach us to report what became of a text."""
        return self.public_url.startswith("https://")
