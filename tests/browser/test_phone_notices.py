"""Asking for notices: by a tap only, honest about every obstacle, and mended when it breaks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from recovery.store.sign_ins import Face
from tests.browser import fake_fcm as google
from tests.browser.at_home import a_driver_of, a_patient_of, an_app, give_cookie
from tests.browser.chromium import set_permission
from tests.browser.firefox import Firefox
from tests.browser.live import LiveServer
from tests.waiting import until

pytestmark = pytest.mark.browser

ALLOW = "/me/notices/allow"
#: Where a patient comes, and where they ask for notices.
PATIENTS_PAGES = ("/me", "/me/settle", "/me/install", "/me/code", "/me/help", "/me/leave", ALLOW)
#: Counts what a page asks of the person or of the push service, over all pages of a tab.
COUNTED = """
const count = (name) => sessionStorage.setItem(name, 1 + Number(sessionStorage.getItem(name)));
const ask = Notification.requestPermission.bind(Notification);
Notification.requestPermission = () => { count("asked"); return ask(); };
const { subscribe } = PushManager.prototype;
PushManager.prototype.subscribe = function (how) {
  count("subscribed");
  return subscribe.call(this, how);
};
"""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
#: A tab of Safari on an iPhone: push is not there at all.
NO_PUSH = "delete window.Notification; delete window.PushManager;"
IN_A_TAB = NO_PUSH + "Object.defineProperty(Navigator.prototype, 'standalone', {get: () => false});"
ON_AN_OLD_HOME_SCREEN = IN_A_TAB.replace("false", "true")


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    with an_app(sqlite_url, tmp_path, extra_push_hosts=(google.HOST,)) as app:
        yield app


@pytest.fixture
def server(app: Flask, live_server: Callable[[Flask], LiveServer]) -> LiveServer:
    return live_server(app)


@pytest.fixture
def patient(app: Flask) -> str:
    return a_patient_of(app)


@pytest.fixture
def phone(
    chromium_phone: Callable[..., BrowserContext], server: LiveServer, patient: str
) -> Callable[..., Page]:
    """Call it for a page of the patient's phone; `init` runs before each of its pages."""

    def pick_up(init: str = "", user_agent: str | None = None) -> Page:
        context = chromium_phone(**({"user_agent": user_agent} if user_agent else {}))
        give_cookie(context, server.url, Face.PATIENT, patient)
        page = context.new_page()
        page.add_init_script(init)
        return page

    return pick_up


def instead(page: Page) -> Locator:
    """What the page says will happen if it stays as it is."""
    return page.locator("[data-when~=failed]:visible", has_text="If you leave it as it is")


def asked(page: Page) -> tuple[int, int]:
    found = page.evaluate(
        "['asked', 'subscribed'].map((name) => Number(sessionStorage.getItem(name)))"
    )
    return found[0], found[1]


def test_phone_01_no_page_prompts_on_load_only_a_tap_after_an_explanation(
    app: Flask, phone: Callable[..., Page], server: LiveServer
) -> None:
    page = phone(COUNTED)
    set_permission(page, "prompt")
    driver, ride = a_driver_of(app)
    give_cookie(page.context, server.url, Face.DRIVER, driver)
    drivers_page = f"/driver/rides/{ride}/notices"
    drivers_pages = ("/driver/", f"/driver/rides/{ride}", drivers_page, "/driver/help")
    for path in (*PATIENTS_PAGES[:-1], *drivers_pages, ALLOW):
        page.goto(server.url + path)
        page.wait_for_load_state("networkidle")
        assert asked(page) == (0, 0), path
    for number, path in enumerate((ALLOW, drivers_page), 1):
        page.goto(server.url + path)
        button = page.get_by_role("button", name="Allow notices")
        explained = page.locator("main").inner_text().split("Allow notices")[0]
        assert "We tell you when" in explained
        assert "Your phone asks once" in explained
        button.click()
        until(lambda n=number: asked(page)[0] == n, what="the one question")
        set_permission(page, "prompt")


def test_phone_01_a_real_firefox_asks_nobody_before_the_tap(
    firefox: Firefox, server: LiveServer, patient: str
) -> None:
    firefox.set_pref("permissions.default.desktop-notification", 0)
    try:
        firefox.give_cookie(f"{server.url}/offline", "homeward-patient", patient)
        for path in PATIENTS_PAGES:
            firefox.navigate(server.url + path)
            firefox.wait_for("return document.readyState === 'complete'")
            assert not prompt(firefox), path
        until(lambda: firefox.text("[data-when=ask]"), what="the button")
        firefox.click("[data-allow]")
        until(lambda: prompt(firefox), what="Firefox's own question")
    finally:
        firefox.set_pref("permissions.default.desktop-notification", 1)


def prompt(firefox: Firefox) -> bool:
    """Whether Firefox asks the person, or would like to."""
    firefox.command("Marionette:SetContext", value="chrome")
    shown = firefox.js(
        """const window = Services.wm.getMostRecentWindow("navigator:browser");
        const { PopupNotifications: shown, gBrowser } = window;
        return Boolean(shown.getNotification("web-notifications", gBrowser.selectedBrowser));"""
    )
    firefox.command("Marionette:SetContext", value="content")
    return bool(shown)


def test_phone_02_an_iphone_without_notification_gets_install_steps_and_no_error(
    phone: Callable[..., Page], server: LiveServer
) -> None:
    page = phone(IN_A_TAB, IPHONE)
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in PATIENTS_PAGES:
        page.goto(server.url + path)
        page.wait_for_load_state("networkidle")
    assert page.evaluate("typeof Notification") == "undefined"
    expect(page.locator("[data-when=install]")).to_contain_text("only to the Home Screen")
    expect(instead(page)).to_contain_text("reaches you by text")
    expect(page.locator("[data-allow]").first).to_be_hidden()
    page.get_by_role("link", name="Show me how").click()
    steps = page.locator(".way-steps > li")
    expect(steps.first).to_contain_text("Tap Share")
    expect(steps.first.get_by_role("img")).to_have_count(2)
    expect(steps.nth(1)).to_contain_text("Add to Home Screen")
    expect(page.locator("[data-install-ways]")).to_contain_text("no notices come")
    assert faults == []


DENIED = {
    f"{ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36": "the left end of the address",
    f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Sites and downloads",
    "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0": "says “Allowed”",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
    "Safari/537.36": "Turn “Notifications” on",
    "something new": "what this page may do",
}


@pytest.mark.parametrize(("user_agent", "step"), DENIED.items())
def test_phone_03_denied_shows_this_browsers_settings_and_the_other_channel(
    phone: Callable[..., Page], server: LiveServer, user_agent: str, step: str
) -> None:
    page = phone("", user_agent)
    set_permission(page, "denied")
    page.goto(server.url + ALLOW)
    denied = page.locator("[data-when=denied]")
    expect(denied).to_be_visible()
    expect(denied.locator("ol:visible")).to_contain_text(step)
    expect(instead(page)).to_contain_text("Your clinic sees that and reaches you by text, e-mail")
    expect(page.locator("[data-allow]").first).to_be_hidden()


def test_phone_03_a_real_firefox_that_denied_is_helped_and_sees_by_itself_that_it_may(
    firefox: Firefox, server: LiveServer, patient: str, app: Flask
) -> None:
    firefox.give_cookie(f"{server.url}/offline", "homeward-patient", patient)
    firefox.set_permission("notifications", "denied")
    firefox.navigate(server.url + ALLOW)
    until(lambda: "click the x of “Blocked”" in firefox.text("main"), what="the help")
    firefox.set_permission("notifications", "prompt")
    until(
        lambda: firefox.js("return document.querySelector('[data-stage]').dataset.stage") == "ask"
    )
    firefox.set_permission("notifications", "granted")


@pytest.mark.parametrize(
    ("init", "user_agent", "stage", "words"),
    [
        (ON_AN_OLD_HOME_SCREEN, IPHONE, "old", "iOS 16.4 or newer"),
        (NO_PUSH, None, "unsupported", "This browser cannot show notices"),
        ("delete Navigator.prototype.serviceWorker;", None, "private", "a private window"),
        (
            "Object.defineProperty(window, 'isSecureContext', {get: () => false});",
            None,
            "insecure",
            "secure address",
        ),
    ],
)
def test_a_browser_that_cannot_notify_is_told_so_and_what_happens_instead(
    phone: Callable[..., Page],
    server: LiveServer,
    init: str,
    user_agent: str | None,
    stage: str,
    words: str,
) -> None:
    page = phone(init, user_agent)
    page.goto(server.url + ALLOW)
    expect(page.locator(f"[data-stage={stage}]")).to_contain_text(words)
    if stage != "insecure":
        expect(instead(page)).to_contain_text("reaches you by text")


@pytest.mark.parametrize(
    ("answer", "trouble", "stage", "words"),
    [
        ("default", "", "dismissed", "say yes when the phone asks"),
        ("denied", "", "denied", "Notices are off for Homeward"),
        ("granted", "AbortError", "unreached", "Use Google services for push messaging"),
        ("granted", "NotAllowedError", "denied", "Notices are off for Homeward"),
        ("granted", "InvalidStateError", "failed", "try again in a minute"),
    ],
)
def test_what_becomes_of_the_question_is_said_with_a_way_on(
    phone: Callable[..., Page],
    server: LiveServer,
    answer: str,
    trouble: str,
    stage: str,
    words: str,
) -> None:
    page = phone(
        f"""Notification.requestPermission = async () => "{answer}";
        PushManager.prototype.subscribe = async () => {{
          throw new DOMException("Registration failed - push service error", "{trouble}");
        }};"""
    )
    set_permission(page, "prompt")
    page.goto(server.url + ALLOW)
    page.get_by_role("button", name="Allow notices").click()
    expect(page.locator(f"[data-when={stage}]")).to_contain_text(words)
    expect(instead(page)).to_contain_text("reaches you by text")
    expect(page.locator("[data-push-words]")).not_to_be_empty()


def test_a_driver_on_an_iphone_is_never_asked_to_install(
    app: Flask, chromium_phone: Callable[..., BrowserContext], server: LiveServer
) -> None:
    driver, ride = a_driver_of(app)
    context = chromium_phone()
    give_cookie(context, server.url, Face.DRIVER, driver)
    page = context.new_page()
    page.add_init_script(IN_A_TAB)
    page.goto(f"{server.url}/driver/rides/{ride}/notices")
    told = page.locator("[data-when=install]")
    expect(told).to_contain_text("You need not install anything")
    expect(told).to_contain_text("The clinic reaches you by text or phone")
    assert "Add to Home Screen" not in page.inner_text("body")
    assert page.locator("a[href*=install]").count() == 0


def test_without_javascript_the_page_says_what_will_happen(
    firefox: Firefox, server: LiveServer, patient: str
) -> None:
    firefox.give_cookie(f"{server.url}/offline", "homeward-patient", patient)
    firefox.set_pref("javascript.enabled", False)
    try:
        firefox.navigate(server.url + ALLOW)
        said = firefox.text("main")
        assert "Notices need JavaScript" in said
        assert "reaches you by text" in said
        assert "Allow notices" not in said
        firefox.navigate(f"{server.url}/me/install")
        assert "Another phone or browser" in firefox.text("main")
        assert "Copy" not in firefox.text("main")
    finally:
        firefox.set_pref("javascript.enabled", True)
