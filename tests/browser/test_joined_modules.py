"""Scripts that are sent joined do in a browser what they do one by one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from flask import Flask, Response
from playwright.sync_api import BrowserContext, expect

from recovery.web.joining import joined
from tests.browser.live import LiveServer

pytestmark = pytest.mark.browser

MODULES: Final = {
    "counter.js": "let count = 0;\nexport function next() {\n  return ++count;\n}\n",
    "names.js": "const inner = 'x';\nconst other = 'y';\nexport { inner as outer, other };\n",
    "first.js": 'import { next } from "./counter.js";\nexport const first = next();\n',
    "entry.js": (
        'import { first } from "./first.js";\nimport { next as more } from "./counter.js";\n'
        'import {\n  outer,\n  other as another,\n} from "./names.js";\n'
        "export async function later() {}\n"
        "document.title = [first, more(), outer, another, typeof later].join();\n"
    ),
}


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "joined"])
def test_joined_modules_do_what_they_do_one_by_one(
    live_server: Callable[..., LiveServer],
    chromium_phone: Callable[..., BrowserContext],
    tmp_path: Path,
    together: bool,
) -> None:
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    site = Flask("site", static_folder=None)

    @site.get("/")
    def page() -> str:
        return '<!doctype html><script type="module" src="/entry.js"></script>'

    @site.get("/<name>")
    def script(name: str) -> Response:
        path = tmp_path / name
        return Response(joined(path) if together else path.read_bytes(), mimetype="text/javascript")

    opened = chromium_phone().new_page()
    opened.goto(live_server(site).url)
    expect(opened).to_have_title("1,2,x,y,function")
