"""The gallery in a real browser: one server and one page for all entries, which change cookies."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from recovery.web.language import COOKIE as LANGUAGE
from recovery.web.look import COOKIE as THEME
from tests.browser.chromium import phone_look
from tests.browser.live import LiveServer
from tests.builders import NOW
from tests.gallery.entry import Entry
from tests.gallery.house import House, open_house

#: Fills in the form of the page that posts to `to` (any, if empty) and sends it as it is.
SEND = """([to, fields]) => {
  const forms = [...document.querySelectorAll("main form[method=post]")];
  const form = forms.find((one) => !to || new URL(one.action).pathname === to);
  for (const [name, value] of Object.entries(fields)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (["radio", "checkbox"].includes(field.type)) field.checked = field.value === value;
      else field.value = value;
    }
  }
  HTMLFormElement.prototype.submit.call(form);
}"""
#: Uncovers a part as a script would, and keeps it so whatever scripts find out later; of several
#: stages only the parts of one are seen.
SHOW = """(css) => {
  const part = document.querySelector(css);
  const [name] = (part.dataset.when ?? "").split(" ");
  for (const stage of name ? document.querySelectorAll("[data-when]") : []) {
    stage.hidden = !stage.dataset.when.split(" ").includes(name);
  }
  part.hidden = false;
  Object.defineProperty(part, "hidden", { get: () => false, set: () => undefined });
}"""


class Gallery:
    """Opens entries; `language` and `theme` are those of whoever looks from now on."""

    def __init__(self, house: House, server: LiveServer, context: BrowserContext) -> None:
        self.house, self.server, self.context = house, server, context
        self.theme = "paper"
        self.page: Page = context.new_page()

    def open(self, entry: Entry) -> Page:
        """Bring the page to an entry."""
        situation = self.house.situation_of(entry)
        self._carry(situation.cookies)
        self.page.goto(self.server.url + entry.address.format(**situation.names))
        if entry.sends is not None:
            with self.page.expect_navigation():
                self.page.evaluate(SEND, [entry.to.format(**situation.names), dict(entry.sends)])
        if entry.shows:
            self.page.evaluate(SHOW, entry.shows)
        return self.page

    def _carry(self, given: Mapping[str, str]) -> None:
        cookies = {**given, THEME: self.theme, LANGUAGE: self.house.language}
        self.context.clear_cookies()
        self.context.add_cookies(
            [{"name": n, "value": v, "url": self.server.url} for n, v in cookies.items()]
        )


def quiet_phone(browser: Browser, **look: Any) -> BrowserContext:
    """A phone whose clock stands with the gallery's, that keeps no pages and moves nothing."""
    context = browser.new_context(
        **phone_look(**look), service_workers="block", reduced_motion="reduce"
    )
    context.clock.set_fixed_time(NOW)
    return context


@contextmanager
def gallery_at(template: Path, folder: Path, browser: Browser, **look: Any) -> Iterator[Gallery]:
    """Serve the gallery from a copy of an empty database, and open it on one phone."""
    copy = folder / "gallery.db"
    copy.write_bytes(template.read_bytes())
    with open_house(f"sqlite:///{copy}", folder) as house:
        server = LiveServer(house.app)
        context = quiet_phone(browser, **look)
        try:
            yield Gallery(house, server, context)
        finally:
            context.close()
            server.stop()
