"""Reads the files in `.deploy/`, so that tests run what they say and not what they once said."""

import json
import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from recovery.config import ROOT

DEPLOY: Final = ROOT / ".deploy"
UNITS: Final = DEPLOY / "systemd"
INSTALLED: Final = "/opt/homeward"

Unit = dict[str, dict[str, list[str]]]


def unit(name: str) -> Unit:
    """A unit's sections; a key may stand there several times."""
    found: Unit = defaultdict(lambda: defaultdict(list))
    section = ""
    for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[section][key].append(value)
    return found


def command_of(name: str) -> list[str]:
    """What a unit starts, without the folder of the installation."""
    [line] = unit(name)["Service"]["ExecStart"]
    command = shlex.split(line)
    assert command[0].startswith(f"{INSTALLED}/.venv/bin/")
    return [command[0].rsplit("/", 1)[1], *command[1:]]


def compose() -> dict[str, Any]:
    """The compose file, its anchors resolved."""
    read = YAML(typ="safe", pure=True).load(DEPLOY / "compose.yaml")
    found: dict[str, Any] = read
    return found


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their words, lines joined."""
    words = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in words.splitlines() if line and not line.startswith("#")]
    pairs = [line.split(" ", 1) for line in lines]
    return [(instruction, rest.strip()) for instruction, rest in pairs]


def image_command() -> list[str]:
    """What a container starts that is told nothing else."""
    [words] = [rest for instruction, rest in steps() if instruction == "CMD"]
    command: list[str] = json.loads(words)
    return command


def copied() -> list[tuple[Path, str]]:
    """What the image takes from here, and where it lies there."""
    found = []
    for instruction, rest in steps():
        if instruction == "COPY":
            *sources, target = rest.split()
            found += [(ROOT / source, target) for source in sources]
    return found


def example_settings() -> dict[str, str]:
    """The lines of the environment file's example."""
    lines = (DEPLOY / "homeward.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
