"""Debian's Chromium through Playwright: pages at phone size, offline, real subscribe and clicks."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser.notifications import Desktop
from tests.waiting import until

EXECUTABLE = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-networking",
    # A page may offer to be installed at the first visit, not only to whoever comes back.
    "--bypass-app-banner-engagement-checks",
    # Nothing but loopback can be looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]

Scheme = Literal["light", "dark"]


def phone_look(
    width: int = 390,
    height: int = 844,
    scheme: Scheme = "light",
    locale: str = "en-US",
    **more: Any,
) -> dict[str, Any]:
    """Give the options of a phone's page: CSS pixels, touch, theme, language, and `more` of them.

    390×844 is a common iPhone; 320×640 the smallest that must work.
    """
    return {
        **more,
        "viewport": {"width": width, "height": height},
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": scheme,
        "locale": locale,
    }


def launch(playwright: Playwright) -> Browser:
    """Start a browser for contexts that keep nothing and need no push."""
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)


class Chromium:
    """One profile that lasts, as push and background sync need it; `desktop` shows its notices.

    flags: more for the command line, such as a fake push service's. look: see `phone_look`.
    """

    def __init__(
        self,
        playwright: Playwright,
        profile: Path,
        flags: Sequence[str] = (),
        look: dict[str, Any] | None = None,
    ) -> None:
        if not profile.joinpath("Default").exists():
            _allow_notifications(profile)
        self.desktop = Desktop()
        self._playwright, self._profile = playwright, profile
        self._flags, self._look = [*FLAGS, *flags], look or phone_look()
        self.context: BrowserContext
        self.start()

    def start(self) -> None:
        self.context = self._playwright.chromium.launch_persistent_context(
            self._profile,
            executable_path=EXECUTABLE,
            args=self._flags,
            env=dict(self.desktop.environment),
            **self._look,
        )

    def quit(self) -> None:
        """Close the browser and keep the profile; `start` goes on with it."""
        self.context.close()

    def close(self) -> None:
        self.quit()
        self.desktop.stop()

    def open(self, url: str) -> Page:
        """Open a page whose origin may notify and sync in the background."""
        origin = "/".join(url.split("/")[:3])
        self.context.grant_permissions(["notifications", "background-sync"], origin=origin)
        page = self.context.new_page()
        page.goto(url)
        return page

    def click_opens(self, number: int) -> Page:
        """Tap a notification and give the page that it opens."""
        with self.context.expect_page() as opened:
            self.desktop.click(number)
        opened.value.wait_for_load_state()
        return opened.value


def _allow_notifications(profile: Path) -> None:
    """Write it into the profile: what Playwright grants does not outlive the process."""
    allowed = {"profile": {"default_content_setting_values": {"notifications": 1}}}
    profile.joinpath("Default").mkdir(parents=True)
    profile.joinpath("Default", "Preferences").write_text(json.dumps(allowed))


def set_permission(page: Page, setting: str) -> None:
    """Let all pages of this phone notify: "granted", "denied" or "prompt". As the person's own
    settings do it: an open page learns of it, and it lasts as long as `page` is there."""
    page.context.clear_permissions()
    debugger = page.context.new_cdp_session(page)
    changed: dict[str, Any] = {"permission": {"name": "notifications"}, "setting": setting}
    if page.context.browser is not None:  # one of several phones in this browser
        target = debugger.send("Target.getTargetInfo")["targetInfo"]
        changed["browserContextId"] = target["browserContextId"]
    debugger.send("Browser.setPermission", changed)


def install_app(page: Page) -> None:
    """Install the app whose page this is, as its own button does, to open in its own window."""
    debugger = page.context.new_cdp_session(page)
    app = {"manifestId": page.evaluate("new URL('/', location).href")}
    debugger.send("PWA.install", app)
    debugger.send("PWA.changeAppUserSettings", {**app, "displayMode": "standalone"})
    debugger.detach()


def launch_app(page: Page) -> Page:
    """Tap the icon of the app that was installed from this page; gives its own window."""
    debugger = page.context.new_cdp_session(page)
    home = page.evaluate("new URL('/', location).href")
    with page.context.expect_page() as opened:
        debugger.send("PWA.launch", {"manifestId": home})
    debugger.detach()
    window = opened.value
    window.wait_for_load_state()
    assert window.evaluate("matchMedia('(display-mode: standalone)').matches")
    return window


def deliver_push(page: Page, payload: str) -> None:
    """Give the page's worker a push event by the debugger: no subscription, no encryption.

    Text only. The worker must be registered for the page's whole origin.
    """
    origin = page.evaluate("location.origin")
    debugger = page.context.new_cdp_session(page)
    seen: list[dict[str, Any]] = []
    debugger.on(
        "ServiceWorker.workerRegistrationUpdated", lambda news: seen.extend(news["registrations"])
    )
    debugger.send("ServiceWorker.enable")

    def registration() -> str | None:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        found = [r["registrationId"] for r in seen if r["scopeURL"] == f"{origin}/"]
        return found[-1] if found else None

    debugger.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": f"{origin}/",
            "registrationId": until(registration, what="the worker's registration"),
            "data": payload,
        },
    )
    debugger.detach()
