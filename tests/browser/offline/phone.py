"""A patient's phone in a test of what works without a connection, whichever browser it runs."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error

from tests.browser.firefox import MarionetteError
from tests.browser.line import Line
from tests.browser.screens import Screen
from tests.waiting import until

KEPT = """
const names = (await caches.keys()).filter((name) => name.startsWith("pages-"));
const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
return keys.flat().map((request) => new URL(request.url)).map((url) => url.pathname + url.search);
"""
BOX = """
const opened = await new Promise((done, fail) => {
  const asked = indexedDB.open("homeward");
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => fail(asked.error);
});
const inside = await new Promise((done) => {
  if (!opened.objectStoreNames.contains("said")) return done([]);
  const box = opened.transaction("said").objectStore("said");
  box.getAll().onsuccess = (event) => done(event.target.result);
});
opened.close();
return inside;
"""
SEND = "main form[data-queued] button"
SEND_NOW = "[data-waiting] [data-send]"
SHOWN = """
const element = document.querySelector(arguments[0]);
return Boolean(element && element.checkVisibility());
"""


class Phone:
    """A signed-in patient's phone. `tab` opens another tab and gives what closes it again."""

    def __init__(
        self,
        line: Line,
        screen: Screen,
        give_cookie: Callable[[str], None],
        back: Callable[[], None],
        two_tabs: Callable[[str], None],
    ) -> None:
        self.line, self.screen = line, screen
        self.sign_in, self.back, self.open_twice = give_cookie, back, two_tabs

    def go(self, path: str) -> None:
        self.screen.open(self.line.url + path)

    def js(self, script: str, *args: object) -> Any:
        return self.screen.js(script, *args)

    def settle_in(self) -> None:
        """Open the home page, with the worker in charge of it."""
        self.go("/me")
        self.until("return Boolean(navigator.serviceWorker.controller)")
        self.reload()
        until(lambda: "/me" in self.kept(), what="the kept page")

    def keep_plan(self) -> None:
        """Keep all other pages too, as the page does by itself some seconds later."""
        self.js("navigator.serviceWorker.controller.postMessage('keep-plan')")
        until(lambda: "/me/keep" in self.kept(), what="the kept plan")

    def reload(self) -> None:
        self.js("window.homewardWasHere = true; setTimeout(() => location.reload())")
        self.until("return !window.homewardWasHere && document.readyState === 'complete'")

    def until(self, script: str, *args: object, what: str = "") -> Any:
        return until(lambda: self._try(script, *args), what=what or script)

    def _steady(self, script: str) -> Any:
        """Run it in the page that is there once nothing moves."""
        return self.until(f"return {{ said: await (async () => {{ {script} }})() }}")["said"]

    def _try(self, script: str, *args: object) -> Any:
        with suppress(Error, MarionetteError):  # The page may be on its way out.
            return self.js(script, *args)

    def kept(self) -> list[str]:
        """The addresses of the pages that the worker keeps."""
        found: list[str] = self._steady(KEPT)
        return found

    def box(self) -> list[dict[str, Any]]:
        """What waits in the phone's database."""
        found: list[dict[str, Any]] = self._steady(BOX)
        return found

    def sees(self, words: str) -> None:
        """Wait until the page says it."""
        said = "return document.body?.innerText.includes(arguments[0])"
        self.until(said, words, what=f"“{words}” at {self.screen.url()}")

    def sees_part(self, css: str) -> None:
        self.until(SHOWN, css, what=f"{css} at {self.screen.url()}")

    def shows(self, css: str) -> bool:
        return bool(self.js(SHOWN, css))

    def answer(self, choice: int = -1) -> None:
        """Choose the first (0) or last (-1) answer to each question of the page, and send."""
        self.choose(choice)
        self.send()

    def choose(self, choice: int = -1) -> None:
        self.js(
            "for (const set of document.querySelectorAll('main fieldset'))"
            " [...set.querySelectorAll('input')].at(arguments[0]).click()",
            choice,
        )

    def send_now(self) -> None:
        """Tap “Send now” where it is to be seen.

        The page or its worker may see first that the line is back: then nothing waits any more,
        and the button is gone with what it was for.
        """
        until(lambda: self._tapped(SEND_NOW) or self.box() == [], what="“Send now”, or all sent")

    def _tapped(self, css: str) -> bool:
        with suppress(Error, MarionetteError):  # It may go in the moment of the tap.
            if self.shows(css):
                self.screen.press(css)
                return True
        return False

    def send(self) -> None:
        self.screen.press(SEND)
