"""Every page load puts right what the server knows of this browser, or tells that it is blocked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.clock import system_now
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.patients import Patient
from recovery.store.sign_ins import Face
from tests.browser import fake_fcm as google
from tests.browser.at_home import a_driver_of, a_patient_of, an_app, give_cookie
from tests.browser.chromium import Chromium, set_permission
from tests.browser.fake_fcm import FakeFcm
from tests.browser.firefox import Firefox
from tests.browser.live import LiveServer
from tests.builders import a_staff, signed_in
from tests.push_service import PushService
from tests.waiting import until

pytestmark = pytest.mark.browser

UNSUBSCRIBE = """const worker = await navigator.serviceWorker.ready;
return (await worker.pushManager.getSubscription()).unsubscribe();"""
SUBSCRIBE_ANEW = """const worker = await navigator.serviceWorker.ready;
const held = await worker.pushManager.getSubscription();
await held.unsubscribe();
const fresh = await worker.pushManager.subscribe(
  { userVisibleOnly: true, applicationServerKey: held.options.applicationServerKey });
return fresh.endpoint;"""
SUBSCRIBE_ELSEWHERE = """const worker = await navigator.serviceWorker.ready;
await (await worker.pushManager.getSubscription()).unsubscribe();
const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
const raw = await crypto.subtle.exportKey("raw", key.publicKey);
await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: raw });
return true;"""


class Phone(Protocol):
    """The patient's browser, signed in."""

    def open(self, path: str) -> None: ...
    def press(self, css: str) -> None: ...
    def do(self, script: str) -> Any: ...
    def let_notify(self, setting: str) -> None: ...
    def hand_over(self, cookie: str) -> None: ...


class FirefoxPhone:
    def __init__(self, firefox: Firefox, url: str, cookie: str) -> None:
        self.firefox, self.url = firefox, url
        firefox.give_cookie(f"{url}/offline", "homeward-patient", cookie)

    def open(self, path: str) -> None:
        self.firefox.navigate(self.url + path)

    def press(self, css: str) -> None:
        self.firefox.click(css)

    def do(self, script: str) -> Any:
        return self.firefox.js(script)

    def let_notify(self, setting: str) -> None:
        self.firefox.set_pref("permissions.default.desktop-notification", int(setting == "granted"))
        self.firefox.set_permission("notifications", setting)

    def hand_over(self, cookie: str) -> None:
        self.firefox.give_cookie(f"{self.url}/offline", "homeward-patient", cookie)


class ChromiumPhone:
    def __init__(self, chromium: Chromium, url: str, cookie: str) -> None:
        self.url = url
        give_cookie(chromium.context, url, Face.PATIENT, cookie)
        self.page = chromium.open(f"{url}/offline")

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def press(self, css: str) -> None:
        self.page.locator(f"{css} >> visible=true").click()

    def do(self, script: str) -> Any:
        return self.page.evaluate(f"async () => {{ {script} }}")

    def let_notify(self, setting: str) -> None:
        set_permission(self.page, setting)

    def hand_over(self, cookie: str) -> None:
        give_cookie(self.page.context, self.url, Face.PATIENT, cookie)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    with an_app(sqlite_url, tmp_path, extra_push_hosts=(google.HOST,)) as app:
        yield app


@pytest.fixture
def server(app: Flask, live_server: Callable[[Flask], LiveServer]) -> LiveServer:
    return live_server(app)


@pytest.fixture(params=["firefox", "chromium"])
def phone(request: pytest.FixtureRequest, app: Flask, server: LiveServer) -> Iterator[Phone]:
    """A phone on which the patient allowed notices by the button."""
    cookie = a_patient_of(app)
    browser = request.getfixturevalue(request.param)
    kind = FirefoxPhone if request.param == "firefox" else ChromiumPhone
    phone: Phone = kind(browser, server.url, cookie)
    phone.open("/me/notices/allow")
    phone.press("[data-when=ask] [data-allow]")
    until(lambda: live(app), what="the subscription at the server")
    yield phone
    phone.let_notify("granted")
    if request.param == "chromium":
        browser.context.clear_permissions()
        browser.context.clear_cookies()
        phone.page.close()  # type: ignore[attr-defined]


def live(app: Flask) -> list[str]:
    """The endpoints by which the server reaches the patient now."""
    with app.app_context():
        chosen = select(Device.endpoint).where(Device.retired_at.is_(None))
        return list(db.session.scalars(chosen))


def ended(app: Flask) -> list[str]:
    with app.app_context():
        chosen = select(Device.retired_why).where(Device.retired_at.is_not(None))
        return list(db.session.scalars(chosen.order_by(Device.id)))


def held(phone: Phone) -> str | None:
    return phone.do(
        """const worker = await navigator.serviceWorker.ready;
        return (await worker.pushManager.getSubscription())?.endpoint ?? null;"""
    )


def repaired(app: Flask, phone: Phone) -> bool:
    own = held(phone)
    return own is not None and live(app) == [own]


@pytest.mark.parametrize(
    "broken", [SUBSCRIBE_ANEW, UNSUBSCRIBE, SUBSCRIBE_ELSEWHERE], ids=["changed", "missing", "key"]
)
def test_phone_11_page_load_repairs_a_changed_or_missing_subscription(
    app: Flask, phone: Phone, broken: str
) -> None:
    [first] = live(app)
    assert held(phone) == first
    phone.do(broken)
    assert held(phone) != first
    phone.open("/me")
    until(lambda: repaired(app, phone), what="the repair")
    assert live(app) != [first]
    assert ended(app) == ["replaced"]


def test_phone_11_page_load_repairs_what_the_push_service_said_is_gone(
    app: Flask, phone: Phone
) -> None:
    with app.app_context():
        device = db.session.scalars(select(Device)).one()
        device.retired_at, device.retired_why = system_now(), "gone"
        db.session.commit()
    phone.open("/me")
    until(lambda: repaired(app, phone), what="the repair")


def test_phone_11_page_load_repairs_a_drivers_subscription_too(
    app: Flask, server: LiveServer, chromium: Chromium
) -> None:
    driver, ride = a_driver_of(app)
    give_cookie(chromium.context, server.url, Face.DRIVER, driver)
    page = chromium.open(f"{server.url}/driver/rides/{ride}/notices")
    page.locator("[data-when=ask] [data-allow] >> visible=true").click()
    until(lambda: live(app), what="the subscription at the server")
    [first] = live(app)
    page.evaluate(f"async () => {{ {UNSUBSCRIBE} }}")
    page.goto(f"{server.url}/driver/rides/{ride}")
    until(lambda: live(app) not in ([], [first]), what="the repair")
    assert ended(app) == ["replaced"]
    chromium.context.clear_permissions()
    chromium.context.clear_cookies()
    page.close()


def test_a_page_load_that_finds_all_well_changes_nothing(app: Flask, phone: Phone) -> None:
    before = live(app)
    for path in ("/me", "/me/settle", "/me"):
        phone.open(path)
        phone.do("await new Promise((done) => setTimeout(done, 300)); return true;")
    assert live(app) == before
    assert ended(app) == []


def test_a_phone_that_changes_hands_leaves_the_first_persons_address_dead(
    app: Flask,
    phone: Phone,
    push_service: PushService,
    fake_fcm: FakeFcm,
) -> None:
    """What is still on its way to the first person must not arrive at the second."""
    [first] = live(app)
    phone.hand_over(a_patient_of(app))
    phone.open("/me/notices/allow")
    phone.press("[data-when=ask] [data-allow]")
    until(lambda: live(app) not in ([], [first]), what="the second person's subscription")
    until(lambda: repaired(app, phone), what="the first person's end")
    assert live(app) != [first]
    assert ended(app) == ["taken-over"]
    known = [*push_service.registrations.values(), *fake_fcm.service.registrations.values()]
    [address] = [one for one in known if one.endpoint == first]
    until(lambda: address.gone, what="410 for the first person's address")


@pytest.mark.parametrize("setting", ["denied", "prompt"])
def test_a_permission_that_was_taken_back_is_told_to_the_server_and_seen_by_staff(
    app: Flask, phone: Phone, setting: str
) -> None:
    phone.let_notify(setting)
    phone.open("/me")
    until(lambda: ended(app) == ["blocked"], what="the clinic's knowledge")
    assert live(app) == []
    with app.app_context():
        staff = signed_in(
            app.test_client(),
            Face.STAFF,
            a_staff(db.session.scalars(select(Clinic)).one()),
            system_now(),
        )
        patient = db.session.scalars(select(Patient)).one().id
    tomorrow = staff.get(f"/staff/patients/{patient}").text
    assert "Blocked on the phone: ask the patient to allow notices again" in tomorrow
    phone.open("/me")
    assert "Notices are off on this phone" in phone.do("return document.body.innerText")
    phone.let_notify("granted")
    phone.open("/me")
    until(lambda: repaired(app, phone), what="the repair")
