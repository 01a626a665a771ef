"""Homeward itself, served and working for the browsers: a clinic in fast motion.

Nothing is replaced: the app, its worker and a database, with a protocol whose day lasts 24
seconds. Only the clinic's clock is the machine's, so waiting is really waiting.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from playwright.sync_api import BrowserContext

from recovery import create_app
from recovery.clock import system_now
from recovery.domain.protocol.faster import faster
from recovery.store.clinics import Staff, StaffRole
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.web.access import cookie_name
from recovery.worker import Worker, worker_for
from tests.browser.live import LiveServer
from tests.builders import a_clinic, a_protocol_version, signed_in
from tests.builders_protocol import ketamine
from tests.conftest import settings_for
from tests.front_desk import Desk
from tests.visitor import Visitor

#: 24 hours last 24 seconds.
FACTOR = 3600


class Hurry:
    """The machine's clock; letting time pass is sleeping through its share in fast motion."""

    def __call__(self) -> datetime:
        return system_now()

    def move(self, by: timedelta) -> None:
        time.sleep(by.total_seconds() / FACTOR)


class Homeward:
    """A served app with one clinic; `desk` is its staff, `url` where phones find it."""

    stop_worker: Callable[[], None]

    def __init__(self, app: Flask, server: LiveServer) -> None:
        self.app, self.url = app, server.url
        with app.app_context():
            clinic = a_clinic()
            quick = faster(ketamine(), FACTOR)
            a_protocol_version(clinic, slug=quick.id, body=quick.model_dump_json())
            clinic_id = clinic.id
        client = app.test_client()
        assert isinstance(client, Visitor)
        self.desk = Desk(client, Hurry(), clinic_id, StaffRole.PROVIDER)  # type: ignore[arg-type]

    def staff_cookie(self) -> dict[str, str]:
        """A sign-in of the desk's person for a browser, as Playwright takes it."""
        with self.app.app_context():
            staff = db.session.get(Staff, self.desk.staff_id)
            assert staff is not None
            client = signed_in(self.app.test_client(), Face.STAFF, staff, system_now())
            name = cookie_name(Face.STAFF)
        cookie = client.get_cookie(name)
        assert cookie is not None
        return {"name": name, "value": cookie.value, "url": self.url}

    def tablet(self, browser: Callable[..., BrowserContext]) -> BrowserContext:
        """A clinic's tablet on which the desk's person is signed in."""
        tablet = browser(width=1024, height=768)
        tablet.add_cookies([self.staff_cookie()])  # type: ignore[list-item]
        return tablet

    def invite(self, **changes: Any) -> tuple[int, str]:
        """Add a patient and a visit in two minutes through the pages; give its id and the link."""
        visit, path = self.desk.invite(timedelta(minutes=2), **changes)
        return visit, self.url + path


@contextmanager
def served(
    database_url: str,
    folder: Path,
    live_server: Callable[..., LiveServer],
    make_worker: Callable[[Flask], Worker] = worker_for,
    **chosen: Any,
) -> Iterator[Homeward]:
    """Serve an app of its own at its own address, with a worker beside it."""
    server = live_server(lambda *_: [])
    app = create_app(settings_for(database_url, folder, public_url=server.url, **chosen))
    app.test_client_class = Visitor
    server.stop()
    server.app = app
    server.start()
    worker = make_worker(app)
    thread = Thread(target=worker.run, name="worker")
    thread.start()

    def stop_worker() -> None:
        worker.stop()
        thread.join(20)

    try:
        homeward = Homeward(app, server)
        homeward.stop_worker = stop_worker
        yield homeward
    finally:
        stop_worker()
        server.stop()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
