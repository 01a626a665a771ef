"""A person's browser in a test without a browser: it fills in forms as a page gives them."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

CSRF_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Visitor(FlaskClient):
    """Keeps cookies; `submit` takes the CSRF token from the page that shows the form."""

    def token(self, page: str) -> str:
        """The CSRF token of the first form on a page."""
        found = CSRF_FIELD.search(self.get(page).text)
        if found is None:
            raise AssertionError(f"{page} shows no form")
        return found[1]

    def submit(
        self, page: str, data: dict[str, Any] | None = None, *, to: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Open `page`, fill in its form and press the button; `to` if the form posts elsewhere."""
        form = {"csrf_token": self.token(page), **(data or {})}
        return self.post(to or page, data=form, **kwargs)
