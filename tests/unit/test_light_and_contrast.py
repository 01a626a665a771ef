"""Both lights are readable: measured on the tokens of static/css/base.css (WCAG 2.2)."""

import re
from itertools import product

import pytest

from recovery.config import ROOT
from recovery.web.static import files_of

CSS = ROOT / "static" / "css"
BASE = (CSS / "base.css").read_text(encoding="utf-8")
GROUNDS = ("ground", "glow", "card", "raised")
READ_ON_GROUNDS = ("ink", "soft", "amber", "warn", "alarm", "calm")
#: Words on their own ground, besides those on the page's grounds.
PAIRS = (
    ("on-fill", "fill"),
    ("on-alarm", "alarm"),
    ("amber", "wait"),
    ("warn", "wait"),
    ("soft", "wait"),
    ("ink", "wait"),
    ("calm", "good"),
    ("alarm", "help"),
    ("ink", "help"),
)
#: The pages on phones that are about an emergency, or may become one.
OF_EMERGENCIES = {
    "driver/help.html",
    "driver/red_flag.html",
    "driver/ride.html",
    "patient/help.html",
    "patient/red_flag.html",
}
RED_BUTTON = r"button\([^\n]*'alarm'"
LARGEST_PHONE_CSS = 7_000  # bytes on the wire


def tokens(selector: str) -> dict[str, str]:
    """The colours that one rule sets, as #rrggbb by name."""
    block = BASE[BASE.index(selector) :]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


PAPER, DIM = tokens(":root {"), tokens('[data-theme="dim"] {')
LIGHTS = {"paper": PAPER, "dim": DIM}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize(("ink", "ground"), [*product(READ_ON_GROUNDS, GROUNDS), *PAIRS])
def test_phone_39_words_stand_out_from_their_ground_in_both_lights(
    light: str, ink: str, ground: str
) -> None:
    assert contrast(LIGHTS[light][ink], LIGHTS[light][ground]) >= 4.5


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("ground", ["ground", "card"])
def test_the_edge_of_a_control_can_be_seen(light: str, ground: str) -> None:
    assert contrast(LIGHTS[light]["edge"], LIGHTS[light][ground]) >= 3


def test_both_lights_set_the_same_colours() -> None:
    assert PAPER.keys() == DIM.keys()


def test_a_phone_set_to_dark_gets_the_dim_light() -> None:
    assert tokens('[data-theme="auto"] {') == DIM


def test_the_browser_bar_has_the_colour_of_the_page() -> None:
    page = (ROOT / "templates" / "layouts" / "page.html").read_text(encoding="utf-8")
    assert set(re.findall(r'theme-color" content="(#\w+)"', page)) == {
        PAPER["ground"],
        DIM["ground"],
    }


def test_styles_of_a_phone_page_stay_small() -> None:
    assert len(files_of(CSS)["phone.css"].compressed) <= LARGEST_PHONE_CSS


def test_phone_39_nothing_moves_in_any_style() -> None:
    styles = "".join(path.read_text(encoding="utf-8") for path in CSS.glob("*.css"))
    assert not re.search(r"@keyframes|animation:|scroll-behavior: smooth", styles)


def test_on_phones_red_is_kept_for_emergencies() -> None:
    templates = ROOT / "templates"
    pages = [
        page
        for face in ("patient", "driver", "message")
        for page in templates.glob(f"{face}/**/*.html")
    ]
    red = {
        str(page.relative_to(templates))
        for page in pages
        if "'alarm'" in page.read_text(encoding="utf-8")
    }
    assert red == OF_EMERGENCIES


def test_no_button_of_staff_is_red_for_an_act_that_is_no_emergency() -> None:
    pages = (ROOT / "templates" / "staff").glob("**/*.html")
    found = [page.name for page in pages if re.search(RED_BUTTON, page.read_text(encoding="utf-8"))]
    assert found == []
