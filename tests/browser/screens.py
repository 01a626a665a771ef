"""One way to hold a phone, whichever browser it is: open, fill in, tap, read, take a picture."""

from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Error, Page

from tests.browser.firefox import Firefox
from tests.waiting import until

#: A page that was left has lost this mark.
MARK = "window.homewardWasHere"


class Screen(Protocol):
    """A phone in somebody's hand."""

    def open(self, url: str) -> None: ...
    def fill(self, css: str, value: str) -> None: ...
    def choose(self, css: str) -> None: ...
    def press(self, css: str) -> None: ...
    def follow(self, css: str) -> None: ...
    def text(self) -> str: ...
    def read(self, css: str) -> str: ...
    def has(self, css: str) -> bool: ...
    def url(self) -> str: ...
    def js(self, script: str, *args: object) -> Any: ...
    def picture(self, path: Path) -> None: ...


class FirefoxScreen:
    """A real Firefox."""

    def __init__(self, browser: Firefox) -> None:
        self.browser = browser

    def open(self, url: str) -> None:
        self.browser.navigate(url)

    def fill(self, css: str, value: str) -> None:
        self.browser.find(css)
        self.browser.js(
            """
            const field = document.querySelector(arguments[0]);
            field.value = arguments[1];
            field.dispatchEvent(new Event("input", {bubbles: true}));
            """,
            css,
            value,
        )

    def choose(self, css: str) -> None:
        self.browser.find(css)
        self.browser.js("document.querySelector(arguments[0]).click()", css)

    def press(self, css: str) -> None:
        self.browser.find(css)
        self.browser.js(
            "document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", css
        )
        self.browser.click(css)

    def follow(self, css: str) -> None:
        """Press what leads to another page, and wait until that is there."""
        self.browser.js(f"{MARK} = true")
        self.press(css)
        self.browser.wait_for(f"return !{MARK} && document.readyState === 'complete'")

    def text(self) -> str:
        return self.browser.text()

    def read(self, css: str) -> str:
        """The whole text of an element, whether or not it can be seen."""
        self.browser.find(css)
        return str(self.browser.js("return document.querySelector(arguments[0]).textContent", css))

    def has(self, css: str) -> bool:
        return bool(self.browser.js("return !!document.querySelector(arguments[0])", css))

    def url(self) -> str:
        return self.browser.url

    def js(self, script: str, *args: object) -> Any:
        """Run the body of an async function in the page; `arguments` are `args`."""
        return self.browser.js(script, *args)

    def picture(self, path: Path) -> None:
        self.browser.screenshot(path)


class ChromiumScreen:
    """A page of a real Chromium."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        self.page.goto(url)

    def fill(self, css: str, value: str) -> None:
        self.page.fill(css, value)

    def choose(self, css: str) -> None:
        self.page.locator(css).first.evaluate("element => element.click()")

    def press(self, css: str) -> None:
        self.page.locator(css).first.click()

    def follow(self, css: str) -> None:
        """Press what leads to another page, and wait until that is there."""
        self.page.evaluate(f"{MARK} = true")
        self.press(css)
        until(self._is_new, what="another page")

    def _is_new(self) -> bool:
        try:
            return bool(self.page.evaluate(f"!{MARK} && document.readyState === 'complete'"))
        except Error:  # The page is on its way out.
            return False

    def text(self) -> str:
        return self.page.inner_text("body")

    def read(self, css: str) -> str:
        """The whole text of an element, whether or not it can be seen."""
        return self.page.locator(css).first.text_content() or ""

    def has(self, css: str) -> bool:
        return self.page.locator(css).count() > 0

    def url(self) -> str:
        return self.page.url

    def js(self, script: str, *args: object) -> Any:
        """Run the body of an async function in the page; `arguments` are `args`."""
        called = f"(args) => (async function () {{ {script} }}).apply(null, args)"
        return self.page.evaluate(called, list(args))

    def picture(self, path: Path) -> None:
        """Keep the whole page as on a phone that is long enough, so that its foot is its foot."""
        path.parent.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size
        assert size is not None
        height = int(self.page.evaluate("document.documentElement.scrollHeight"))
        self.page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)
