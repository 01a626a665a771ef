"""What must hold in every template, found by reading them all."""

import re
from pathlib import Path

import pytest

from recovery.config import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ICONS = ROOT / "static" / "icons"
IN_SPRITE = frozenset(re.findall(r'id="([a-z0-9-]+)"', (ICONS / "icons.svg").read_text("utf-8")))
ICON = re.compile(r"""(?:icon\(|icon=|picture=|'icon': )["']([a-z0-9-]+)["']""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


OWN_COLOURS = '{% if clinic_accent %}<link rel="stylesheet" href="{{ clinic_accent }}">{% endif %}'


def test_a_page_loads_one_script_and_one_style() -> None:
    """Each more is a trip to the server, and would bring a second copy of what both import.

    A clinic's own colours are the exception: a hundred bytes, kept by the browser for a year.
    """
    texts = {
        path.name: path.read_text(encoding="utf-8").replace(OWN_COLOURS, "") for path in TEMPLATES
    }
    for tag in ("<script", 'rel="stylesheet"'):
        assert {name: text.count(tag) for name, text in texts.items() if tag in text} == {
            "page.html": 1
        }


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_icon_that_a_template_names_exists(path: Path) -> None:
    assert set(ICON.findall(path.read_text(encoding="utf-8"))) <= IN_SPRITE


def test_the_icons_come_with_their_licence() -> None:
    assert "ISC License" in (ICONS / "LICENSE-lucide.txt").read_text(encoding="utf-8")
    assert "LICENSE-lucide.txt" in (ICONS / "icons.svg").read_text(encoding="utf-8")
