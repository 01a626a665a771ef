"""The inbox of alerts: who was told, who took it, what was done, and who was first."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recovery.services.alerts import raise_alert
from recovery.services.moot_alerts import settle_moot
from recovery.store.addresses import Channel
from recovery.store.alerts import AlertLevel
from recovery.store.clinics import Clinic
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit
from tests.front_desk import Desk

PAST = "/staff/alerts/past"


def raised(desk: Desk, kind: str = "drove") -> int:
    """An alert about a visit that wakes the person on call."""
    visit_id = desk.visit()
    with desk.inside():
        visit = db.session.get_one(Visit, visit_id)
        alert = raise_alert(visit, kind, desk.clock(), level=AlertLevel.ALERT)
        db.session.commit()
        return alert.id


def told(desk: Desk, alert_id: int, channel: Channel, outcome: str, reported: str = "") -> None:
    """A carrier answered about the page of an alert."""
    with desk.inside():
        about = select(Notice.id).where(Notice.occasion.startswith(f"{alert_id}/"))
        page = db.session.scalars(about).one()
        how = {"channel": channel.value, "outcome": outcome, "reported": reported, "fence": 1}
        db.session.add(Attempt(notice_id=page, at=desk.clock(), **how))
        db.session.commit()


def press(desk: Desk, alert_id: int, what: str, words: str = "Called her.") -> tuple[int, str]:
    form = {f"resolution-{alert_id}": words, "csrf_token": desk.client.token("/staff/patients/new")}
    answer = desk.client.post(f"/staff/alerts/{alert_id}/{what}", data=form)
    return answer.status_code, answer.text


def test_a_closed_alert_says_who_was_told_who_took_it_and_what_was_done_with_times(
    desk: Desk, nurse: Desk
) -> None:
    alert_id = raised(desk)
    told(desk, alert_id, Channel.TEXT, "sent")
    told(desk, alert_id, Channel.EMAIL, "gone")
    assert (
        "The person on call was told by text, Monday 9:00" in desk.client.get("/staff/alerts").text
    )
    desk.clock.move(by=timedelta(minutes=5))
    assert press(nurse, alert_id, "take")[0] == 303
    desk.clock.move(by=timedelta(minutes=7))
    assert press(desk, alert_id, "resolve")[0] == 303
    page = desk.client.get(PAST).text
    for words in (
        "Raised Monday, March\u00a02, 9:00",
        "The person on call was told by text, Monday 9:00",
        "The e-mail to the person on call did not go out, Monday 9:00",
        "Taken by Nurse Weiss, Monday, March\u00a02, 9:05",
        "Resolved by Provider Weiss, Monday, March\u00a02, 9:12",
        "“Called her.”",
    ):
        assert words in page, words


def test_a_text_that_was_lost_on_its_way_told_nobody(desk: Desk) -> None:
    alert_id = raised(desk)
    told(desk, alert_id, Channel.TEXT, "sent", "undelivered")
    assert "did not go out" in desk.client.get("/staff/alerts").text


def test_what_closed_by_itself_says_so(desk: Desk) -> None:
    alert_id = raised(desk)
    with desk.inside() as clinic:
        key = f"visit:{db.session.scalars(select(Visit.id)).one()}:drove"
        settle_moot(clinic.id, [key], desk.clock())
        db.session.commit()
    assert "Closed by itself, Monday, March\u00a02, 9:00" in desk.client.get(PAST).text
    status, page = press(desk, alert_id, "take")
    assert status == 409
    assert "The system closed it" in page


def test_who_comes_second_is_told_who_was_first_and_what_they_did(desk: Desk, nurse: Desk) -> None:
    alert_id = raised(desk)
    assert press(nurse, alert_id, "take")[0] == 303
    status, page = press(desk, alert_id, "take")
    assert (status, "Nurse Weiss took it, 9:00" in page) == (409, True)
    assert press(nurse, alert_id, "resolve", "The sister drives.")[0] == 303
    assert press(nurse, alert_id, "resolve", "Again.")[0] == 303
    status, page = press(desk, alert_id, "resolve", "I did it.")
    assert status == 409
    assert "Nurse Weiss closed it, 9:00" in page
    assert "The sister drives." in page
    assert "I did it." not in desk.client.get(PAST).text


def test_another_clinic_sees_none_of_it(desk: Desk, stranger: Desk) -> None:
    assert press(desk, raised(desk), "resolve")[0] == 303
    assert "Called her." not in stranger.client.get(PAST).text


def test_older_ones_are_on_the_next_page(desk: Desk) -> None:
    visit_id = desk.visit()
    with desk.inside():
        visit = db.session.get_one(Visit, visit_id)
        for number in range(51):
            alert = raise_alert(visit, "flags", desk.clock(), key=f"one-{number}")
            alert.resolved_at, alert.resolution = desk.clock(), f"Number {number}."
        db.session.commit()
    assert desk.client.get(PAST).text.count("Raised Monday") == 50
    assert "?page=2" in desk.client.get(PAST).text
    assert desk.client.get(f"{PAST}?page=2").text.count("Raised Monday") == 1
    assert desk.client.get(f"{PAST}?page=x").status_code == 200


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ("Mon-Fri 08:00-17:00", "These are the hours in which you read what comes in."),
        ("Sat 08:00-17:00", "no text or e-mail can reach the person on call."),
    ],
)
def test_staff_see_whether_somebody_should_be_reading_now(
    desk: Desk, hours: str, says: str
) -> None:
    with desk.inside() as clinic:
        db.session.get_one(Clinic, clinic.id).watched = hours
        db.session.commit()
    assert says in desk.client.get("/staff/alerts").text
