"""A passkey in a real Chromium: made with one tap on the first day, and enough from then on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from recovery import create_app
from recovery.domain.rights import StaffRole
from recovery.services.staff_accounts import new_staff
from recovery.store.database import db
from tests.browser.live import LiveServer
from tests.builders import a_clinic
from tests.conftest import settings_for

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "nora@clinic.example", "correct horse battery"


@pytest.fixture
def server(
    sqlite_url: str, tmp_path: Path, live_server: Callable[[Flask], LiveServer]
) -> LiveServer:
    """A clinic that treats people. Passkeys hold for host names, so it is `localhost` here."""
    waiting = live_server(create_app(settings_for(sqlite_url, tmp_path)))
    address = f"http://localhost:{waiting.port}"
    app = create_app(settings_for(sqlite_url, tmp_path, public_url=address))
    waiting.stop()
    waiting.app = app
    waiting.start()
    with app.app_context():
        new_staff(a_clinic(is_demo=False), "Nora Weiss", EMAIL, StaffRole.NURSE, PASSWORD)
        db.session.commit()
    return waiting


def with_authenticator(context: BrowserContext) -> Page:
    """A page on a tablet that unlocks by finger; the finger is always the right one."""
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def enter(page: Page, home: str) -> None:
    page.goto(f"{home}/staff/sign-in")
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("main form .button.primary")


def test_a_passkey_is_made_with_one_tap_and_opens_with_another(
    server: LiveServer, chromium_phone: Callable[..., BrowserContext]
) -> None:
    home = f"http://localhost:{server.port}"
    page = with_authenticator(chromium_phone())
    enter(page, home)
    page.get_by_role("button", name="Make a passkey here").click()
    page.wait_for_url(f"{home}/staff/me/codes")
    page.get_by_role("button", name="Make ten codes").click()
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")

    page.goto(f"{home}/staff/me")
    page.get_by_role("button", name="Sign out here").click()
    enter(page, home)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(f"{home}/staff/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
