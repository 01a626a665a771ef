"""All ways out of the house behind one door: web push, e-mail, texts."""

from datetime import datetime

from recovery.delivery.mail import MailMessage
from recovery.delivery.message import PushMessage
from recovery.delivery.outcome import Gone, Outcome, Sender
from recovery.delivery.text import TextMessage

Message = PushMessage | MailMessage | TextMessage


class Carriers:
    """Hands each message to its own sender; safe to use from many threads, as they are."""

    def __init__(
        self,
        push: Sender[PushMessage],
        mail: Sender[MailMessage] | None = None,
        texts: Sender[TextMessage] | None = None,
    ) -> None:
        self._push, self._mail, self._texts = push, mail, texts

    def send(self, message: Message, now: datetime) -> Outcome:
        """Send one message; a channel that was taken out of the settings is gone for good."""
        match message:
            case PushMessage():
                return self._push.send(message, now)
            case MailMessage() if self._mail is not None:
                return self._mail.send(message, now)
            case TextMessage() if self._texts is not None:
                return self._texts.send(message, now)
        return Gone("no such channel in the settings", retire=False, alarm=True)

    def close(self) -> None:
        """Let all connections go."""
        for sender in (self._push, self._mail, self._texts):
            if sender is not None:
                sender.close()
