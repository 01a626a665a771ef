"""Installing, in a real Chromium that really installs the app and opens it in its own window."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from recovery.config import ROOT
from recovery.store.sign_ins import Face
from tests.browser.at_home import a_patient_of, an_app, give_cookie
from tests.browser.chromium import Chromium, install_app, launch_app
from tests.browser.live import LiveServer

pytestmark = pytest.mark.browser

TOKENS = (ROOT / "static" / "css" / "base.css").read_text(encoding="utf-8")
LARGEST_PICTURE = 40_000  # bytes
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    with an_app(sqlite_url, tmp_path) as app:
        yield app


@pytest.fixture
def server(app: Flask, live_server: Callable[[Flask], LiveServer]) -> LiveServer:
    return live_server(app)


@pytest.fixture
def signed_in(app: Flask) -> str:
    return a_patient_of(app)


@pytest.fixture
def tab(chromium: Chromium, server: LiveServer) -> Iterator[Page]:
    """A tab of the browser that installs apps, at a page for anybody."""
    page = chromium.context.new_page()
    page.goto(f"{server.url}/code")
    yield page
    chromium.context.clear_cookies()
    page.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_phone_13_the_manifest_is_whole_and_chromium_finds_the_app_installable(
    app: Flask, chromium: Chromium, server: LiveServer, language: str
) -> None:
    give_cookie(chromium.context, server.url, Face.PATIENT, a_patient_of(app, language))
    page = chromium.context.new_page()
    page.goto(f"{server.url}/me/settle")
    debugger = chromium.context.new_cdp_session(page)
    read: dict[str, Any] = debugger.send("Page.getAppManifest")
    assert read["errors"] == []
    assert debugger.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    said = page.request.get(read["url"]).json()
    assert (said["id"], said["scope"], said["start_url"]) == ("/", "/", "/me")
    assert (said["lang"], said["display"]) == (language, "standalone")
    for icon in said["icons"]:
        assert size_of(page, server, icon["src"]) == icon["sizes"]
    assert {(icon["sizes"], icon["purpose"]) for icon in said["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("192x192", "maskable"),
        ("512x512", "maskable"),
        ("192x192", "monochrome"),
    }
    assert len(said["screenshots"]) >= 2
    for picture in said["screenshots"]:
        width, height = map(int, picture["sizes"].split("x"))
        assert width < height <= 2.3 * width, "Chromium shows no other as narrow"
        assert picture["form_factor"] == "narrow"
        assert size_of(page, server, picture["src"]) == picture["sizes"]
        answer = page.request.get(server.url + picture["src"])
        assert answer.headers["content-type"] == picture["type"]
        assert len(answer.body()) <= LARGEST_PICTURE
    assert [shortcut["url"] for shortcut in said["shortcuts"]] == ["/me/help"]
    ground = re.search(r":root \{\s+--ground: (#\w+);", TOKENS)
    assert ground is not None
    assert said["theme_color"] == said["background_color"] == ground[1]
    chromium.context.clear_cookies()
    page.close()


def size_of(page: Page, server: LiveServer, address: str) -> str:
    """Let the browser open a picture and say how large it is."""
    script = """async (address) => {
      const image = await createImageBitmap(await (await fetch(address)).blob());
      return `${image.width}x${image.height}`;
    }"""
    return str(page.evaluate(script, server.url + address))


PROMPTS = """addEventListener("beforeinstallprompt", (event) => {
  const prompt = event.prompt.bind(event);
  event.prompt = () => { window.prompted = true; return prompt(); };
}, { capture: true });"""


def test_phone_14_the_install_button_is_hidden_once_the_app_is_installed(
    chromium: Chromium, server: LiveServer, signed_in: str
) -> None:
    give_cookie(chromium.context, server.url, Face.PATIENT, signed_in)
    page = chromium.context.new_page()
    page.add_init_script(PROMPTS)
    page.goto(f"{server.url}/me/install")
    button = page.get_by_role("button", name="Install Homeward")
    expect(button).to_be_visible()
    assert page.evaluate("window.prompted") is None
    button.click()
    assert page.evaluate("window.prompted") is True
    install_app(page)

    page.reload()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)  # Chromium would have offered it by now.
    expect(button).to_be_hidden()
    expect(page.locator(".way-steps").first).to_be_visible()

    window = launch_app(page)
    window.goto(f"{server.url}/me/install")
    expect(window.get_by_text("You are in the app now")).to_be_visible()
    expect(window.locator("[data-install]")).to_be_hidden()
    expect(window.get_by_role("button", name="Install Homeward")).to_be_hidden()
    window.close()
    page.close()
    chromium.context.clear_cookies()


def test_phone_14_installing_hides_the_button_on_the_open_page(
    chromium_phone: Callable[..., BrowserContext], server: LiveServer, signed_in: str
) -> None:
    context = chromium_phone()
    give_cookie(context, server.url, Face.PATIENT, signed_in)
    page = context.new_page()
    page.goto(f"{server.url}/me/install")
    page.evaluate("dispatchEvent(new Event('beforeinstallprompt'))")
    button = page.get_by_role("button", name="Install Homeward")
    expect(button).to_be_visible()
    page.evaluate("dispatchEvent(new Event('appinstalled'))")
    expect(button).to_be_hidden()
    expect(page.get_by_text("on its way to your Home Screen")).to_be_visible()


def test_an_ipad_that_says_it_is_a_mac_is_shown_the_ipads_steps(
    chromium_phone: Callable[..., BrowserContext], server: LiveServer, signed_in: str
) -> None:
    context = chromium_phone(
        user_agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.0 Safari/605.1.15"
    )
    give_cookie(context, server.url, Face.PATIENT, signed_in)
    page = context.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'standalone', {get: () => false})")
    page.goto(f"{server.url}/me/install")
    expect(page.locator("[data-install-ways] > h2").first).to_have_text("iPhone or iPad, in Safari")


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "spaced"])
def test_phone_15_the_first_launch_from_the_home_screen_offers_the_sign_in_code(
    chromium_phone: Callable[..., BrowserContext],
    server: LiveServer,
    signed_in: str,
    tab: Page,
    typed: str,
) -> None:
    browser = chromium_phone(user_agent=IPHONE)
    browser.grant_permissions(["clipboard-write"], origin=server.url)
    give_cookie(browser, server.url, Face.PATIENT, signed_in)
    install_app(tab)
    window = launch_app(tab)
    assert window.url == f"{server.url}/me"
    expect(window.locator("h1")).to_have_text("Type your code")
    expect(window.locator(".in-app")).to_have_text(re.compile("on your Home Screen now"))
    expect(window.locator(".in-tab")).to_be_hidden()
    field = window.get_by_label("The code")
    expect(field).to_have_attribute("autocomplete", "one-time-code")

    safari = browser.new_page()
    safari.goto(f"{server.url}/me/install")
    safari.get_by_role("button", name="Get a code").first.click()
    expect(safari.locator(".way-steps").first).to_contain_text("It works once, until")
    safari.get_by_role("button", name="Copy the code").click()
    expect(safari.get_by_text("Copied.").first).to_be_visible()
    shown = safari.locator(".code strong").inner_text()
    code = shown.replace(" ", "")
    ways = {"lower": code.lower(), "spaced": f"{shown.lower()} "}
    field.fill(ways.get(typed) or typed.format(code))
    window.get_by_role("button", name="Go on").click()
    expect(window).to_have_url(f"{server.url}/me/notices/allow")
    assert "token" not in window.url
    window.goto(f"{server.url}/me")
    expect(window.locator("h1")).to_have_text(re.compile("Your visit"))
    window.close()
