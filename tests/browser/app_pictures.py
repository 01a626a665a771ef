"""Takes the pictures that a phone shows before it installs the app: `make pictures`.

Real pages at a Monday noon of a made-up clinic; nobody's name is on them.
"""

import sys
import tempfile
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from recovery import create_app
from recovery.config import ROOT
from recovery.domain.visit import VisitState
from recovery.services.sign_in import Lifetimes, begin
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.sign_ins import Face, SignIn
from recovery.web.language import LANGUAGES
from recovery.web.manifest import PICTURE
from tests.browser.chromium import launch, phone_look
from tests.browser.live import LiveServer
from tests.builders import MONTH, NOW, a_clinic, a_patient, a_visit, saved
from tests.conftest import settings_for
from tests.databases import migrate

FOLDER = ROOT / "static" / "pictures"
HOUR = timedelta(hours=1)
#: Six in the evening in New York.
EVENING = NOW + 9 * HOUR
#: What makes each page the patient's home in the evening.
VISITS: dict[str, dict[str, Any]] = {
    "preparation": {"start_at": EVENING + 16 * HOUR},
    "wait": {
        "state": VisitState.DISCHARGED.value,
        "start_at": EVENING - 9 * HOUR,
        "arrived_at": EVENING - 9 * HOUR,
        "started_at": EVENING - 8.5 * HOUR,
        "ended_at": EVENING - 7.5 * HOUR,
        "ready_at": EVENING - 6.5 * HOUR,
        "left_at": EVENING - 6 * HOUR,
    },
}
WEBP = """async (png) => {
  const image = await createImageBitmap(await (await fetch(png)).blob());
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.65);
}"""


def take(folder: Path = FOLDER) -> list[Path]:
    """Write one picture for each page and language; returns where."""
    with tempfile.TemporaryDirectory() as place:
        settings = settings_for(f"sqlite:///{place}/pictures.db", Path(place))
        migrate(settings)
        app = create_app(settings, clock=Still())
        server = LiveServer(app)
        try:
            with sync_playwright() as driver:
                browser = launch(driver)
                taken = [
                    _take(browser, server.url, _sign_in(app, page, language), path)
                    for page in VISITS
                    for language in LANGUAGES
                    for path in [folder / f"{page}-{language}.webp"]
                ]
                browser.close()
                return taken
        finally:
            server.stop()


class Still:
    """A clock that stands."""

    def __call__(self) -> datetime:
        return EVENING


def _sign_in(app: Flask, page: str, language: str) -> str:
    """Add somebody whose home is this page and whose notices work; returns the cookie."""
    with app.app_context():
        clinic = a_clinic(name="Lakeside", phone="+12125550100")
        patient = a_patient(clinic, name="Nobody", language=language)
        a_visit(patient, **VISITS[page])
        cookie = begin(Face.PATIENT, clinic.id, patient.id, "", Lifetimes(MONTH, MONTH), NOW)
        db.session.commit()
        sign_in = db.session.query(SignIn).order_by(SignIn.id.desc()).first()
        assert sign_in is not None
        saved(
            Device(
                clinic_id=clinic.id,
                role="patient",
                owner_id=patient.id,
                sign_in_id=sign_in.id,
                endpoint=cookie,
                endpoint_hash=cookie,
                p256dh="",
                auth="",
                server_key="",
                created_at=NOW,
            )
        )
        return cookie


def _take(browser: Browser, url: str, cookie: str, path: Path) -> Path:
    width, height = PICTURE
    context = browser.new_context(
        **phone_look(width * 2 // 3, height * 2 // 3),
        device_scale_factor=1.5,
        timezone_id="America/New_York",
        service_workers="block",
    )
    context.add_cookies([{"name": "homeward-patient", "value": cookie, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/me")
    page.wait_for_load_state("networkidle")
    png = "data:image/png;base64," + b64encode(page.screenshot()).decode()
    blank = context.new_page()
    webp = str(blank.evaluate(WEBP, png)).partition(",")[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b64decode(webp))
    context.close()
    return path


if __name__ == "__main__":
    for taken in take():
        sys.stdout.write(f"{taken.relative_to(ROOT)}: {taken.stat().st_size} bytes\n")
