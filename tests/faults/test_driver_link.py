"""Driver link forwarded, expired, revoked, opened by a bot: bound to the first who confirms; no
patient data; GET harmless."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.ride import RideState
from recovery.services.audit import Actor
from recovery.services.ride_links import OUTLIVES_THE_START, ride_link
from recovery.services.rides import withdraw_consent
from recovery.store.database import Base, db, reading
from recovery.store.rides import Ride
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_visit
from tests.clock import TestClock
from tests.visitor import Visitor

#: What a page of ours must not tell anybody but the driver; the clinic's number is for all.
SECRETS = ("Rosa", "Delgado", "Sam", "Rivera", "Lake Street", "March", "9:00", "482 913", "482913")
BOTS = (
    "WhatsApp/2.24.6 A",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 Facebot Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Google-Safety; +http://www.google.com/bot.html)",
)


@dataclass
class Sent:
    """A link that a patient sent from their phone for a visit of tomorrow."""

    app: Flask
    ride: int
    patient: int
    path: str

    @property
    def state(self) -> str:
        with self.app.app_context():
            return db.session.get_one(Ride, self.ride).state

    def everything(self) -> dict[str, Any]:
        """All rows of all tables as they are now."""
        with self.app.app_context(), reading():
            return {
                table.name: [tuple(row) for row in db.session.execute(select(table))]
                for table in Base.metadata.sorted_tables
            }

    def browser(self) -> Visitor:
        client = self.app.test_client()
        assert isinstance(client, Visitor)
        return client


@pytest.fixture
def sent(app: Flask) -> Sent:
    with app.app_context():
        visit = a_visit(a_patient(a_clinic()), start_at=NOW + timedelta(days=1))
        ride = a_ride(visit, RideState.ASKED, code="")
        made = ride_link(ride.id, Actor("patient", visit.patient_id), NOW)
        return Sent(app, ride.id, visit.patient_id, f"/ride/{made.token}")


def hidden(page: str) -> dict[str, str]:
    """What the one button of the page sends."""
    return {
        name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("press", "shown")
    }


def told(page: str) -> list[str]:
    return [word for word in SECRETS if word in page]


def test_driver_link_forwarded_is_bound_to_the_first_who_confirms(sent: Sent) -> None:
    first, second = sent.browser(), sent.browser()
    late = hidden(second.get(sent.path).text) | {"csrf_token": second.token(sent.path)}
    yes = hidden(first.get(sent.path).text)
    assert first.submit(sent.path, yes, to=f"{sent.path}/accept").status_code == 303
    before = sent.everything()
    for answer in (
        second.get(sent.path),
        second.post(f"{sent.path}/accept", data=late),
        second.post(f"{sent.path}/decline", data=late),
        second.get(f"/driver/rides/{sent.ride}"),
    ):
        assert answer.status_code in {401, 409}
        assert told(answer.text) == []
    assert sent.everything() == before
    assert first.get(f"/driver/rides/{sent.ride}").status_code == 200


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_driver_link_expired_shows_no_patient_data_and_takes_no_answer(
    sent: Sent, clock: TestClock, answer: str
) -> None:
    client = sent.browser()
    form = hidden(client.get(sent.path).text) | {"csrf_token": client.token(sent.path)}
    clock.move(to=NOW + timedelta(days=1) + OUTLIVES_THE_START)
    for ended in (client.get(sent.path), client.post(f"{sent.path}/{answer}", data=form)):
        assert ended.status_code == 410
        assert told(ended.text) == []
        assert "tel:+12125550100" in ended.text
    assert sent.state == "asked"


@pytest.mark.parametrize("how", ["consent withdrawn", "replaced by a new one"])
def test_driver_link_revoked_shows_no_patient_data_and_takes_no_answer(
    sent: Sent, how: str
) -> None:
    client = sent.browser()
    form = hidden(client.get(sent.path).text) | {"csrf_token": client.token(sent.path)}
    actor = Actor("patient", sent.patient)
    with sent.app.app_context():
        if how == "consent withdrawn":
            withdraw_consent(sent.ride, actor, NOW)
        else:
            ride_link(sent.ride, actor, NOW)
    before = sent.state
    for ended in (
        client.get(sent.path),
        client.post(f"{sent.path}/accept", data=form),
        client.post(f"{sent.path}/decline", data=form),
    ):
        assert ended.status_code == 410
        assert told(ended.text) == []
    assert sent.state == before


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_driver_link_opened_by_a_bot_changes_nothing(sent: Sent, bot: str, method: str) -> None:
    before = sent.everything()
    client = sent.browser()
    for _again in range(3):
        answer = client.open(sent.path, method=method, headers={"User-Agent": bot})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "og:" not in answer.text
        for name in ("accept", "decline"):
            got = client.open(f"{sent.path}/{name}", method=method, headers={"User-Agent": bot})
            assert got.status_code == 405
    assert sent.everything() == before
    assert sent.state == "asked"
