"""Settings of e-mail and text messages: both are optional, and refused at boot if unsafe."""

from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings

from recovery.delivery.mail_server import MailServer, MailServerRefused, mail_server
from recovery.delivery.twilio import TwilioAccount, TwilioRefused


class ChannelSettings(BaseSettings):
    """What an operator enters so that people whose phone stays silent get e-mail or a text.

    Without it these rungs of the ladder are not there, and staff are told so.
    """

    # smtps://user:password@host, smtp://user:password@host:587 (STARTTLS), percent-encoded.
    mail_url: SecretStr = SecretStr("")
    # The address that e-mail comes from; people see the clinic's neutral name before it.
    mail_from: str = ""
    # Where undelivered e-mail comes back to, for `flask take-bounce`; "" = nobody listens.
    mail_bounces: str = ""
    # Twilio's account SID, its auth token, and the number or messaging service texts come from.
    twilio_account: str = ""
    twilio_token: SecretStr = SecretStr("")
    twilio_from: str = ""

    @model_validator(mode="after")
    def _channels_work(self) -> Self:
        try:
            _ = self.mail_server
        except MailServerRefused as refused:
            raise ValueError(f"RECOVERY_MAIL_URL {refused}") from None
        try:
            _ = self.twilio
        except TwilioRefused as refused:
            raise ValueError(f"RECOVERY_TWILIO_ACCOUNT {refused}") from None
        return self

    @property
    def mail_server(self) -> MailServer | None:
        """The server that takes our e-mail; None = there is none."""
        url = self.mail_url.get_secret_value()
        return mail_server(url, self.mail_from) if url or self.mail_from else None

    @property
    def twilio(self) -> TwilioAccount | None:
        """The account that sends our texts; None = there is none."""
        token = self.twilio_token.get_secret_value()
        if not (self.twilio_account or token or self.twilio_from):
            return None
        return TwilioAccount(self.twilio_account, token, self.twilio_from)
