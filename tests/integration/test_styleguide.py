"""The styleguide shows every component, and only to whoever builds them."""

import re
from pathlib import Path

import pytest
from flask import Flask

from recovery.config import ROOT
from tests.conftest import settings_for
from tests.visitor import Visitor

#: Not a component of its own: what a form says of itself to a script.
GIVES_ATTRIBUTES = {"queued"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The looks are the same on any database."""
    return sqlite_url


@pytest.mark.parametrize("theme", ["dim", "paper", "auto"])
def test_the_page_of_components_can_be_shown_in_each_light(client: Visitor, theme: str) -> None:
    answer = client.get(f"/styleguide/?theme={theme}")
    assert answer.status_code == 200
    assert f'data-theme="{theme}"' in answer.text
    assert answer.text.count("<h1") == 1


def test_every_component_stands_there_in_both_languages_and_both_lights(client: Visitor) -> None:
    page = client.get("/styleguide/").text
    panels = re.findall(r'class="panel" data-theme="(\w+)" lang="(\w+)"', page)
    assert panels == [("paper", "en"), ("dim", "en"), ("paper", "es"), ("dim", "es")]
    shown = (ROOT / "templates" / "styleguide" / "panel.html").read_text(encoding="utf-8")
    files = (ROOT / "templates" / "components").glob("*.html")
    assert '{% include "components/push.html" %}' in shown
    for file in (file for file in files if file.name != "push.html"):
        for macro in re.findall(r"{% macro ([a-z]\w*)", file.read_text(encoding="utf-8")):
            drawn = macro in GIVES_ATTRIBUTES or re.search(rf"\b{macro}\(", shown)
            assert drawn, f"{macro} of {file.name}"


def test_a_person_s_own_light_wins(client: Visitor) -> None:
    client.set_cookie("theme", "paper")
    assert 'data-theme="paper"' in client.get("/styleguide/?theme=dim").text


def test_a_made_up_light_is_no_light(client: Visitor) -> None:
    client.set_cookie("theme", '"><b>')
    assert 'data-theme="auto"' in client.get("/styleguide/").text


def test_production_has_no_styleguide(app: Flask, client: Visitor, tmp_path: Path) -> None:
    chosen = settings_for(
        "postgresql+psycopg://nowhere/none",
        tmp_path,
        environment="production",
        public_url="https://homeward.example",
        allow_loopback_push=False,
        vapid_subject="mailto:ops@clinic.example.com",
    )
    app.extensions["recovery.settings"] = chosen
    assert client.get("/styleguide/").status_code == 404
