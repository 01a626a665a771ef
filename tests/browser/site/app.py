"""A page with a service worker and nothing of ours in it, to prove the harness alone."""

from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

_PAGE = """<!doctype html><html lang="en"><head><title>%(title)s</title>
<meta name="viewport" content="width=device-width"></head><body>
<h1>%(title)s</h1><button id="subscribe">Tell me</button><p id="state"></p>
<script src="/page.js" data-key="%(key)s"></script></body></html>"""


class Site(Flask):
    """What the page and its worker reported: `subscriptions`, `receipts`, `changed` endpoints."""

    def __init__(self, application_server_key: str) -> None:
        super().__init__(__name__, static_folder=None)
        self.subscriptions: list[dict[str, Any]] = []
        self.receipts: list[str] = []
        self.changed: list[str] = []
        folder = Path(__file__).parent

        def page(title: str) -> str:
            return _PAGE % {"title": title, "key": application_server_key}

        def subscribed() -> Response:
            self.subscriptions.append(request.get_json())
            return Response(status=204)

        def noted(where: list[str]) -> Response:
            where.append(request.get_data(as_text=True))
            return Response(status=204)

        self.add_url_rule("/", "home", lambda: page("Home"))
        self.add_url_rule("/opened", "opened", lambda: page("Opened by a notice"))
        self.add_url_rule("/offline", "offline", lambda: page("Offline"))
        self.add_url_rule("/sw.js", "worker", lambda: send_from_directory(folder, "sw.js"))
        self.add_url_rule("/page.js", "script", lambda: send_from_directory(folder, "page.js"))
        self.add_url_rule("/subscribed", "subscribed", subscribed, methods=["POST"])
        self.add_url_rule("/receipt", "receipt", lambda: noted(self.receipts), methods=["POST"])
        self.add_url_rule("/changed", "changed", lambda: noted(self.changed), methods=["POST"])
