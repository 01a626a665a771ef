"""Settings: read once from the environment (`RECOVERY_…`), frozen, refused at boot if unsafe."""

import os
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Any, Final, Literal, Self, cast
from urllib.parse import urlsplit

from flask import Flask, current_app
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from recovery.channel_settings import ChannelSettings
from recovery.delivery.keys import check_subject, load_key, new_vapid_key
from recovery.delivery.return_path import ReturnPath, ReturnPathRefused, return_path
from recovery.domain.audit import AuditKeys
from recovery.key_settings import SHORTEST_SECRET, KeySettings
from recovery.services import audit
from recovery.services.outlets import Outlets
from recovery.store.addresses import Channel

EXTENSION: Final = "recovery.settings"
ROOT: Final = Path(__file__).parent.parent
DEVELOPMENT_SUBJECT: Final = "mailto:ops@homeward.example"

Words = Annotated[tuple[str, ...], NoDecode]


class ConfigError(Exception):
    """The settings are unsafe or cannot work; its text is one plain sentence for the operator."""


def new_secret() -> str:
    """A fresh secret for `RECOVERY_SECRET_KEY`: 256 bits, base64url."""
    return token_urlsafe(32)


def fresh_keys() -> str:
    """Lines for a production environment file; every call makes other keys."""
    keys = {"SECRET": new_secret(), "VAPID_PRIVATE": new_vapid_key(), "AUDIT": new_secret()}
    return "\n".join(f"RECOVERY_{name}_KEY={key}" for name, key in keys.items())


def _kept(settings: dict[str, Any], name: str, file: str, make: Any) -> SecretStr:
    """Read a development secret from the instance folder, making it at the first run."""
    if settings["environment"] == "production":
        raise ConfigError(f"Production needs a {name} of its own: `make keys` prints one.")
    path: Path = settings["instance"] / file
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(make() + "\n", encoding="ascii")
        return SecretStr(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise ConfigError(
            f"Homeward cannot write to the folder {path.parent} ({error.strerror}); "
            "choose another with RECOVERY_INSTANCE."
        ) from error


def _kept_secret_key(settings: dict[str, Any]) -> SecretStr:
    return _kept(settings, "RECOVERY_SECRET_KEY", "secret.key", new_secret)


def _kept_vapid_key(settings: dict[str, Any]) -> SecretStr:
    return _kept(settings, "RECOVERY_VAPID_PRIVATE_KEY", "vapid.key", new_vapid_key)


def _kept_audit_key(settings: dict[str, Any]) -> SecretStr:
    return _kept(settings, "RECOVERY_AUDIT_KEY", "audit.key", new_secret)


def _embedded_database(settings: dict[str, Any]) -> str:
    name = "demo-minutes.db" if settings["demo"] == "minutes" else "homeward.db"
    return f"sqlite:///{settings['instance'] / name}"


def _demo(settings: dict[str, Any]) -> str:
    return "none" if settings["environment"] == "production" else "hours"


def _trusted_hosts(settings: dict[str, Any]) -> tuple[str, ...]:
    own = urlsplit(settings["public_url"]).hostname or ""
    if settings["environment"] == "production":
        return (own,)
    return tuple(dict.fromkeys((own, "localhost", "127.0.0.1")))


class Settings(ChannelSettings, KeySettings):
    """All that an operator can choose. Fields that others derive from come first."""

    model_config = SettingsConfigDict(env_prefix="RECOVERY_", frozen=True, extra="forbid")

    environment: Literal["development", "production"] = "development"
    # Where development keeps its database and keys.
    instance: Path = ROOT / "instance"
    # A demo clinic at the first start; "minutes" has a protocol short enough to watch.
    demo: Literal["none", "hours", "minutes"] = Field(default_factory=_demo, validate_default=True)
    database_url: str = Field(default_factory=_embedded_database)
    # The address people's phones open; every link in a notice begins with it.
    public_url: str = "http://localhost:8000"
    # Names that a request may ask for; "*" (any) is for development only.
    trusted_hosts: Words = Field(default_factory=_trusted_hosts)
    # How many proxies in front may be believed about X-Forwarded-For, -Proto and -Host.
    proxies: int = Field(default=0, ge=0, le=5)
    secret_key: SecretStr = Field(default_factory=_kept_secret_key, validate_default=True)
    # 32 bytes in base64url, as `make keys` prints it.
    vapid_private_key: SecretStr = Field(default_factory=_kept_vapid_key, validate_default=True)
    # Seals the rows of the audit trail: who only has the database cannot write them anew.
    audit_key: SecretStr = Field(default_factory=_kept_audit_key, validate_default=True)
    # Whom a push service may write to: a real mailto: or https: (Apple refuses others).
    vapid_subject: str = DEVELOPMENT_SUBJECT
    # Host names of self-hosted push services, beside the four vendors'.
    extra_push_hosts: Words = ()
    # Lets tests post to a push service on this machine, over plain http.
    allow_loopback_push: bool = False
    # A staff sign-in ends this long after the last request, and after this long at all.
    staff_idle: timedelta = timedelta(minutes=30)
    staff_absolute: timedelta = timedelta(hours=12)
    # A patient's phone stays signed in this long after the last visit.
    patient_after_last_visit: timedelta = timedelta(days=30)
    log: Literal["json", "text"] = "text"
    # The folder that `backup` writes to and whose newest file `doctor` asks for.
    backups: Path | None = None
    # Whoever shows it (`Authorization: Bearer …`) may read /metrics.
    metrics_token: SecretStr | None = None

    @field_validator("trusted_hosts", "extra_push_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be http(s)://host without a path")
        return value.rstrip("/")

    @field_validator("secret_key", "secret_key_previous", "audit_key", "metrics_token")
    @classmethod
    def _long_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"must have at least {SHORTEST_SECRET} characters")
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def _true_key(cls, value: SecretStr) -> SecretStr:
        load_key(value.get_secret_value())
        return value

    @field_validator("vapid_subject")
    @classmethod
    def _real_subject(cls, value: str) -> str:
        check_subject(value)
        return value

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.environment == "production":
            for name, unsafe, reason in (
                ("public_url", not self.secure, "must begin with https://"),
                ("trusted_hosts", "*" in self.trusted_hosts, "must name the hosts"),
                ("allow_loopback_push", self.allow_loopback_push, "is for tests only"),
                ("demo", self.demo != "none", "is for development only"),
                ("database_url", "database_url" not in self.model_fields_set, "must be given"),
                (
                    "vapid_subject",
                    self.vapid_subject == DEVELOPMENT_SUBJECT,
                    "must be an address where push services reach you",
                ),
            ):
                if unsafe:
                    raise ValueError(f"RECOVERY_{name.upper()} {reason} in production")
        return self

    @model_validator(mode="after")
    def _bounces_come_back(self) -> Self:
        try:
            _ = self._returns
        except ReturnPathRefused as refused:
            raise ValueError(f"RECOVERY_MAIL_BOUNCES {refused}") from None
        return self

    @property
    def outlets(self) -> Outlets:
        """The address that links begin with, and the channels that are set up beside push."""
        there = ((Channel.EMAIL, self.mail_server), (Channel.TEXT, self.twilio))
        channels = frozenset(name for name, way in there if way)
        return Outlets(self.public_url, channels, self._returns)

    @property
    def _returns(self) -> ReturnPath | None:
        keys = [key for key in (self.secret_key, self.secret_key_previous) if key is not None]
        if not self.mail_bounces:
            return None
        return return_path(self.mail_bounces, [key.get_secret_value() for key in keys])

    @property
    def audit_keys(self) -> AuditKeys:
        """What the audit trail is sealed with, and what it was sealed with before."""
        earlier = [key.get_secret_value() for key in self.audit_keys_previous]
        return AuditKeys(self.audit_key.get_secret_value(), earlier)

    @property
    def secure(self) -> bool:
        """Whether people reach the app over https, so that cookies and HSTS may insist on it."""
        return self.public_url.startswith("https://")


def load(**chosen: Any) -> Settings:
    """Read the settings from the environment; `chosen` wins over it.

    Raises ConfigError with one sentence that names the variable and never shows its value.
    """
    known = {f"RECOVERY_{name}".upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith("RECOVERY_") and name not in known:
            raise ConfigError(f"Homeward cannot start: there is no setting called {name}.")
    try:
        return Settings(**chosen)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        words = [str(part).upper() for part in first["loc"][:1]]
        reason = first["msg"].removeprefix("Value error, ")
        sentence = " ".join([f"RECOVERY_{word}" for word in words] + [reason])
        raise ConfigError(f"Homeward cannot start: {sentence}.") from None


def attach(app: Flask, settings: Settings) -> None:
    """Keep the settings where `current` finds them, and give the trail its keys."""
    app.extensions[EXTENSION] = settings
    audit.attach(app, settings.audit_keys)


def current() -> Settings:
    """The settings of the current app."""
    return cast(Settings, current_app.extensions[EXTENSION])
