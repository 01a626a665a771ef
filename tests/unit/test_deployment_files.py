"""The deployment files name only what there is, and lock the rest away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gunicorn.config import Config

from recovery import create_app
from recovery.config import ROOT, Settings, fresh_keys
from recovery.config import load as load_settings
from tests.conftest import settings_for
from tests.deployment import (
    INSTALLED,
    UNITS,
    command_of,
    compose,
    copied,
    example_settings,
    image_command,
    steps,
    unit,
)

BIN = Path(sys.executable).parent
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
LOCKED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "UMask": "0077",
}


def commands() -> list[list[str]]:
    told = [one.get("command") for one in compose()["services"].values()]
    inner = [
        part.split()
        for command in told
        if command and command[0] == "sh"
        for part in command[2].split("; ")
        if "flask" in part
    ]
    inner = [words[words.index("flask") :] for words in inner]
    plain = [command for command in told if command and command[0] != "sh"]
    return [*map(command_of, SERVICES), image_command(), *plain, *inner]


def test_every_command_in_the_files_exists(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path))
    for program, *words in commands():
        assert (BIN / program).exists(), program
        if program == "flask":
            assert words[:2] == ["--app", "app"]
            command = app.cli.commands[words[2]]
            command.make_context(words[2], list(words[3:]), resilient_parsing=False)
        else:
            parser = Config().parser()
            assert parser.parse_args(words).args == ["app:app"]


def test_units_and_image_serve_alike() -> None:
    """What differs is where they listen, and where gunicorn keeps its sign of life."""
    own = [word for word in command_of("homeward-web.service") if ":8000" not in word]
    other = [word for word in image_command() if ":8000" not in word]
    place = other.index("--worker-tmp-dir")
    assert own == other[:place] + other[place + 2 :]


def test_every_setting_in_the_files_exists() -> None:
    known = {f"RECOVERY_{name}".upper() for name in Settings.model_fields}
    named = set(example_settings())
    for service in compose()["services"].values():
        named |= {name for name in service["environment"] if name.startswith("RECOVERY_")}
    assert named <= known


def test_the_example_needs_nothing_but_keys_to_start() -> None:
    keys = dict(line.split("=", 1) for line in fresh_keys().splitlines())
    given = {name: value for name, value in example_settings().items() if value}
    assert set(keys) | set(given) == set(example_settings())
    lower = {
        name.removeprefix("RECOVERY_").lower(): value for name, value in (given | keys).items()
    }
    assert load_settings(**lower).environment == "production"


@pytest.mark.parametrize("name", SERVICES)
def test_every_unit_is_locked_away_from_what_it_does_not_need(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service[key][0] for key in LOCKED} == LOCKED
    assert service["User"] == ["homeward"]
    assert "SystemCallFilter" in service


def test_units_refer_to_units_that_are_there() -> None:
    for path in UNITS.iterdir():
        about = unit(path.name)["Unit"]
        for key in ("Requires", "After"):
            for name in " ".join(about[key]).split():
                assert not name.startswith("homeward") or (UNITS / name).exists()
    assert (UNITS / "homeward-backup.service").exists()
    assert unit("homeward-backup.timer")["Timer"]["Persistent"] == ["yes"]
    assert not unit("homeward-backup.timer")["Timer"]["Unit"]


def test_systemd_itself_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    """As it is where systemd is installed; elsewhere the other tests read the files."""
    files = []
    for path in UNITS.iterdir():
        words = path.read_text(encoding="utf-8").replace(INSTALLED, str(ROOT))
        words = words.replace("=homeward\n", "=root\n")
        files.append(tmp_path / path.name)
        files[-1].write_text(words.replace(f"{ROOT}/.venv/bin", str(BIN)), encoding="utf-8")
    if shutil.which("systemd-analyze"):
        judged = subprocess.run(
            ["systemd-analyze", "verify", *map(str, files)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (judged.returncode, judged.stderr) == (0, "")
    assert len(files) == 5


def test_containers_depend_on_what_is_there_and_keep_little_power() -> None:
    services = compose()["services"]
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert other in services
        if name != "db":
            assert service["cap_drop"] == ["ALL"]
            assert service["read_only"] is True
            assert "no-new-privileges:true" in service["security_opt"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports == ["127.0.0.1:8000:8000"]
    assert set(compose()["volumes"]) == {"data", "backups"}


def test_the_image_runs_as_nobody_in_particular_and_installs_pinned_files_only() -> None:
    words = [(instruction, rest) for instruction, rest in steps()]
    assert ("USER", "homeward") in words
    installs = [rest for _, rest in words if "pip install" in rest]
    assert all("--require-hashes" in rest for rest in installs)
    assert len(installs) == 1


def test_the_image_has_the_tools_of_the_database_it_is_deployed_with() -> None:
    release = compose()["services"]["db"]["image"].removeprefix("postgres:")
    assert any(f"postgresql-client-{release}" in rest for _, rest in steps())


def test_what_the_image_holds_is_all_that_the_app_needs(tmp_path: Path) -> None:
    ignored = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for source, target in copied():
        assert source.name in ignored, f"{source.name} is kept out by .dockerignore"
        place = tmp_path / target if source.is_dir() else tmp_path / source.name
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        else:
            shutil.copy(source, place)
    [compiles] = [rest for _, rest in steps() if "pybabel" in rest]
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "RECOVERY_DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}",
        "RECOVERY_INSTANCE": str(tmp_path / "instance"),
    }
    for command in (compiles, "flask --app app migrate-db", "flask --app app routes"):
        done = subprocess.run(
            command.split(), cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
    assert list(tmp_path.glob("recovery/translations/*/LC_MESSAGES/messages.mo"))
