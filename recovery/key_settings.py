"""Settings of keys that were replaced: they stay good until a day that the operator names."""

from typing import Annotated, Final, Self

from pydantic import AwareDatetime, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from recovery.delivery.keys import VapidKey, load_key

#: Characters of a secret. Flask signs with it; 32 random bytes are 43 of them in base64url.
SHORTEST_SECRET: Final = 32


class KeySettings(BaseSettings):
    """The keys before the present ones, so that a change of keys costs nobody a notice.

    Phones subscribed under the old VAPID key are served until its end; each comes over to the
    new one the next time that its owner opens the app. Open forms stay signed as long.
    """

    secret_key_previous: SecretStr | None = None
    vapid_private_key_previous: SecretStr | None = None
    # ISO 8601 with a zone, like 2027-01-31T00:00Z; after it the keys before are worth nothing.
    previous_keys_until: AwareDatetime | None = None
    # Keys, by commas, that earlier rows of the audit trail were sealed with. They only prove, and
    # are needed as long as those rows are kept.
    audit_keys_previous: Annotated[tuple[SecretStr, ...], NoDecode] = ()

    @field_validator("audit_keys_previous", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @field_validator("audit_keys_previous")
    @classmethod
    def _long_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_SECRET for key in value):
            raise ValueError(f"must have at least {SHORTEST_SECRET} characters each")
        return value

    @model_validator(mode="after")
    def _end_on_schedule(self) -> Self:
        given = self.secret_key_previous or self.vapid_private_key_previous
        if given and self.previous_keys_until is None:
            raise ValueError("RECOVERY_PREVIOUS_KEYS_UNTIL must say until when the old keys hold")
        try:
            _ = self.previous_vapid_key
        except ValueError as refused:
            raise ValueError(f"RECOVERY_VAPID_PRIVATE_KEY_PREVIOUS {refused}") from None
        return self

    @property
    def previous_vapid_key(self) -> VapidKey | None:
        """The key pair that older subscriptions were made under."""
        private = self.vapid_private_key_previous
        return load_key(private.get_secret_value()) if private else None
