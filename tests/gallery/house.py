"""The app with every situation of the gallery in one database, at one standstill of the clock."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, abort
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from recovery import create_app
from recovery.store.clinics import Staff
from recovery.store.database import db
from recovery.store.patients import Contact, Patient
from recovery.store.sign_ins import Throttle
from recovery.store.workers import WorkerBeat
from recovery.web.access import ANYONE, open_to
from recovery.web.language import COOKIE as LANGUAGE
from tests.builders import NOW
from tests.carriers import CHANNELS
from tests.clock import TestClock
from tests.conftest import settings_for
from tests.gallery.entry import Entry, Scene, Situation
from tests.gallery.public import FAILING
from tests.visitor import Visitor

FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
ACTION = re.compile(r'action="([^"]*)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"[^>]*? value="([^"]*)"')


class House:
    """Each scene is built when it is first asked for; everybody in it reads one language."""

    def __init__(self, app: Flask) -> None:
        self.app, self.language = app, "en"
        self._built: dict[Scene, Situation] = {}
        app.test_client_class = Visitor
        _let_pages_fail(app)
        with app.app_context():
            db.session.add(WorkerBeat(name="worker", started_at=NOW, at=NOW))
            db.session.commit()

    def situation_of(self, entry: Entry) -> Situation:
        """Build the situation of an entry, or find it; tries that others made are forgotten."""
        with self.app.app_context():
            db.session.execute(delete(Throttle))
            if entry.afresh or entry.scene not in self._built:
                self._built[entry.scene] = entry.scene()
                self._speak()
            db.session.commit()
            found = self._built[entry.scene]
            if entry.afresh:
                del self._built[entry.scene]
        return found

    def visitor(self, situation: Situation) -> Visitor:
        """A browser without scripts of whoever is signed in there."""
        client = self.app.test_client()
        assert isinstance(client, Visitor)
        for name, value in {**situation.cookies, LANGUAGE: self.language}.items():
            client.set_cookie(name, value)
        return client

    def answer(self, entry: Entry) -> TestResponse:
        """What is answered to whoever comes to an entry, after all redirects."""
        situation = self.situation_of(entry)
        client = self.visitor(situation)
        page = client.get(entry.address.format(**situation.names), follow_redirects=True)
        if entry.sends is None:
            return page
        action, fields = _form(page, entry.to.format(**situation.names))
        return client.post(action, data=fields | dict(entry.sends), follow_redirects=True)

    def speak(self, language: str) -> None:
        """Let everybody read another language from now on."""
        self.language = language
        with self.app.app_context():
            self._speak()
            db.session.commit()

    def _speak(self) -> None:
        for person in (Patient, Contact, Staff):
            db.session.execute(update(person).values(language=self.language))


@contextmanager
def open_house(database_url: str, folder: Path) -> Iterator[House]:
    """Open the gallery on a migrated database."""
    app = create_app(settings_for(database_url, folder, **CHANNELS), clock=TestClock(NOW))
    yield House(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _form(page: TestResponse, to: str) -> tuple[str, dict[str, str]]:
    """Find the form of a page that posts to `to` (any, if empty): its action, what it carries."""
    main = page.text.partition("<main")[2]
    for attributes, inside in FORM.findall(main):
        found = ACTION.search(attributes)
        action = found[1] if found else page.request.path
        if 'method="post"' in attributes and to in {"", action}:
            return action, dict(HIDDEN.findall(inside))
    raise AssertionError(f"{page.request.path} has no form that posts to {to or 'anywhere'}")


def _let_pages_fail(app: Flask) -> None:
    @app.get(f"{FAILING}/<int:status>")
    @open_to(ANYONE)
    def fail(status: int) -> str:
        abort(status)
