"""What this installation can send by, said once by whoever starts a worker or a page."""

from dataclasses import dataclass

from recovery.delivery.return_path import ReturnPath
from recovery.store.addresses import Channel


@dataclass(frozen=True, slots=True)
class Outlets:
    """The address that links begin with, and the channels that are set up beside push.

    `returns`: where undelivered e-mail comes back to; None = it is not listened to.
    """

    public_url: str
    channels: frozenset[Channel] = frozenset()
    returns: ReturnPath | None = None

    @property
    def calls_back(self) -> bool:
        """Whether a provider can reach us to report what became of a text."""
        return self.public_url.startswith("https://")
