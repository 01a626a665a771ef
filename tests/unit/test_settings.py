"""Unsafe configuration stops the boot, in one plain sentence."""

from pathlib import Path
from typing import Any

import pytest

from recovery.config import ConfigError, fresh_keys, load
from recovery.delivery.keys import new_vapid_key

SAFE: dict[str, Any] = {
    "environment": "production",
    "database_url": "postgresql+psycopg://homeward@db/homeward",
    "public_url": "https://home.example.org",
    "secret_key": "k" * 43,
    "vapid_private_key": new_vapid_key(),
    "audit_key": "a" * 43,
    "vapid_subject": "mailto:it@example.org",
}


def test_production_starts_with_settings_of_its_own() -> None:
    settings = load(**SAFE)
    assert settings.trusted_hosts == ("home.example.org",)
    assert settings.demo == "none"
    assert settings.secure


@pytest.mark.parametrize(
    "missing", ["secret_key", "vapid_private_key", "audit_key", "database_url"]
)
def test_production_refuses_to_start_without(missing: str) -> None:
    with pytest.raises(ConfigError, match=f"RECOVERY_{missing.upper()}"):
        load(**{name: value for name, value in SAFE.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://home.example.org"),
        ("public_url", "https://home.example.org/app"),
        ("trusted_hosts", "*"),
        ("allow_loopback_push", True),
        ("demo", "hours"),
        ("vapid_subject", "mailto:ops@homeward.example"),
        ("vapid_subject", "mailto:me@localhost"),
        ("vapid_subject", "it@example.org"),
        ("secret_key", "short"),
        ("audit_key", "short"),
        ("audit_keys_previous", "k" * 43 + ",short"),
        ("vapid_private_key", "c2hvcnQ"),
        ("vapid_private_key", "A" * 43),
        ("database_url", "postgresql://db/homeward"),
        ("metrics_token", "short"),
        ("environment", "staging"),
        ("proxies", -1),
    ],
)
def test_production_refuses_unsafe(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as refused:
        load(**SAFE | {name: value})
    sentence = str(refused.value)
    assert f"RECOVERY_{name.upper()}" in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_a_refusal_never_shows_the_secret() -> None:
    with pytest.raises(ConfigError) as refused:
        load(**SAFE | {"secret_key": "hunter2"})
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in repr(load(**SAFE | {"secret_key": "hunter2" * 9}))


def test_a_misspelt_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOVERY_SECRETKEY", "k" * 43)
    with pytest.raises(ConfigError, match="no setting called RECOVERY_SECRETKEY"):
        load(**SAFE)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        monkeypatch.setenv(f"RECOVERY_{name.upper()}", value)
    monkeypatch.setenv("RECOVERY_EXTRA_PUSH_HOSTS", "push.example.org, push.example.net")
    assert load().extra_push_hosts == ("push.example.org", "push.example.net")


def test_development_makes_its_keys_once_and_keeps_them(tmp_path: Path) -> None:
    first, second = load(instance=tmp_path / "new"), load(instance=tmp_path / "new")
    assert first.secret_key == second.secret_key
    assert first.vapid_private_key == second.vapid_private_key
    assert first.audit_key == second.audit_key
    assert {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "new").iterdir()} == {"0o600"}


def test_a_folder_that_cannot_be_written_gets_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot write to the folder"):
        load(instance=tmp_path / "file" / "instance")


def test_the_demo_in_minutes_has_a_database_of_its_own(tmp_path: Path) -> None:
    hours, minutes = load(instance=tmp_path), load(instance=tmp_path, demo="minutes")
    assert hours.database_url != minutes.database_url


def test_fresh_keys_are_accepted_by_production() -> None:
    keys = dict(line.split("=", 1) for line in fresh_keys().splitlines())
    load(
        **SAFE
        | {
            "secret_key": keys["RECOVERY_SECRET_KEY"],
            "vapid_private_key": keys["RECOVERY_VAPID_PRIVATE_KEY"],
            "audit_key": keys["RECOVERY_AUDIT_KEY"],
        }
    )


MAIL = {"mail_url": "smtps://us:secret-word@mail.example.org", "mail_from": "n@example.org"}
TEXTS = {
    "twilio_account": "AC" + "0" * 32,
    "twilio_token": "secret-word" * 3,
    "twilio_from": "+15005550006",
}


def test_without_mail_and_text_settings_there_are_none() -> None:
    settings = load(**SAFE)
    assert (settings.mail_server, settings.twilio) == (None, None)


def test_mail_and_text_settings_are_read_and_kept_out_of_sight() -> None:
    settings = load(**SAFE, **MAIL, **TEXTS)
    assert settings.mail_server is not None
    assert settings.mail_server.host == "mail.example.org"
    assert settings.twilio is not None
    assert settings.twilio.sender == "+15005550006"
    assert "secret-word" not in repr(settings)


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        (MAIL | {"mail_url": "smtp+plain://us:secret-word@mail.example.org"}, "MAIL_URL"),
        (MAIL | {"mail_from": ""}, "MAIL_FROM"),
        (MAIL | {"mail_url": ""}, "MAIL_URL"),
        (TEXTS | {"twilio_token": ""}, "TWILIO_TOKEN"),
        (TEXTS | {"twilio_from": "Lakeside"}, "TWILIO_FROM"),
        (TEXTS | {"twilio_account": "AC12"}, "TWILIO_ACCOUNT"),
    ],
)
def test_mail_and_texts_that_cannot_work_or_tell_a_password_stop_the_boot(
    chosen: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=f"RECOVERY_{named}") as refused:
        load(**SAFE, **chosen)
    assert "secret-word" not in str(refused.value)
