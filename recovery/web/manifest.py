"""The web app manifest: what a phone shows of Homeward before and after it is installed."""

from typing import Any, Final

from flask_babel import force_locale
from flask_babel import gettext as _

from recovery.web.static import static_url

#: Neutral: a clinic's own name may tell the specialty.
NAME: Final = "Homeward"
#: The page's ground in the light of day, as static/css/base.css has it (`--ground`).
GROUND: Final = "#faf5ec"
#: Width and height of each picture in static/pictures, in its own pixels.
PICTURE: Final = (585, 1266)


def manifest_in(language: str) -> dict[str, Any]:
    """Return the manifest for a reader of `language`. No address in it carries a token.

    The id stays the same in every language and build: it is how a phone knows the app again.
    """
    with force_locale(language):
        return {
            "name": NAME,
            "short_name": NAME,
            "description": str(_("Your way to the visit and home again, one step at a time.")),
            "id": "/",
            "scope": "/",
            "start_url": "/me",
            "lang": language,
            "dir": "ltr",
            "display": "standalone",
            "background_color": GROUND,
            "theme_color": GROUND,
            "icons": [
                _icon("icon-192.png", 192, "any"),
                _icon("icon-512.png", 512, "any"),
                _icon("maskable-192.png", 192, "maskable"),
                _icon("maskable-512.png", 512, "maskable"),
                _icon("monochrome-192.png", 192, "monochrome"),
            ],
            "screenshots": [
                _picture("preparation", language, str(_("What to do before the visit, and when"))),
                _picture("wait", language, str(_("How long not to drive, and what to do now"))),
            ],
            "shortcuts": [
                {
                    "name": str(_("I don’t feel right")),
                    "url": "/me/help",
                    "icons": [_icon("icon-192.png", 192, "any")],
                }
            ],
        }


def _icon(file: str, size: int, purpose: str) -> dict[str, str]:
    return {
        "src": static_url(f"icons/{file}"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


def _picture(page: str, language: str, label: str) -> dict[str, str]:
    width, height = PICTURE
    return {
        "src": static_url(f"pictures/{page}-{language}.webp"),
        "sizes": f"{width}x{height}",
        "type": "image/webp",
        "form_factor": "narrow",
        "label": label,
    }
