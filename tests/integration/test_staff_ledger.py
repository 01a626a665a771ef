"""The ledger, counted: seen in time by channel, what is stuck, silent phones; and as CSV."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recovery.domain.rights import StaffRole
from recovery.services.ledger import shares, stuck
from recovery.services.sign_in import Lifetimes, begin, hashed
from recovery.services.silent_phones import silent_patients, silent_phones
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Attempt, Notice, Receipt
from recovery.store.sign_ins import Face, SignIn
from recovery.store.visits import Visit
from tests.builders import (
    MONTH,
    NOW,
    a_clinic,
    a_patient,
    a_ride,
    a_staff,
    a_visit,
    saved,
    signed_in,
)
from tests.clock import TestClock
from tests.notices import MINUTE, a_notice
from tests.visitor import Visitor

TIMES = {"shown": "shown_at", "opened": "opened_at", "acknowledged": "acknowledged_at"}


def told(visit: Visit, occasion: str, channel: str = "push", **seen: float) -> Notice:
    """A safety notice that a channel took when it was due; `seen` in minutes after that."""
    moments = {kind: NOW + minutes * MINUTE for kind, minutes in seen.items()}
    notice = a_notice(
        visit, "evening", occasion, safety=True, state="sent", sent_at=NOW, next_at=None,
        **{TIMES[kind]: at for kind, at in moments.items()},
    )  # fmt: skip
    attempt = attempted(notice, channel)
    for kind, at in moments.items():
        saved(Receipt(attempt_id=attempt.id, kind=kind, at=at))
    return notice


def attempted(notice: Notice, channel: str = "push", **more: Any) -> Attempt:
    values = {"fence": 1, "at": NOW, "ended_at": NOW, "outcome": "sent"} | more
    attempt: Attempt = saved(Attempt(notice_id=notice.id, channel=channel, **values))
    return attempt


def counted(visit: Visit) -> dict[str, tuple[int, int, int]]:
    found = shares(visit.clinic_id, NOW - timedelta(days=1), NOW + timedelta(days=1))
    return {one.channel: (one.notices, one.shown, one.opened) for one in found}


@pytest.fixture
def visit(app: Flask) -> Any:
    with app.app_context():
        yield a_visit(a_patient(a_clinic()))


def test_what_was_seen_within_five_minutes_is_counted_by_channel(visit: Visit) -> None:
    told(visit, "a", shown=1)
    told(visit, "b", shown=1, opened=4)
    told(visit, "c", shown=6)
    told(visit, "d", "sms", opened=3)
    told(visit, "e", "email")
    assert counted(visit) == {
        "": (5, 3, 2),
        "email": (1, 0, 0),
        "push": (3, 2, 1),
        "sms": (1, 1, 1),
    }


def test_what_should_have_gone_out_minutes_ago_counts_as_unseen(visit: Visit) -> None:
    a_notice(visit, "evening", "a", safety=True, due_at=NOW - 5 * MINUTE)
    a_notice(visit, "evening", "b", safety=True, due_at=NOW - 4 * MINUTE)
    told(visit, "c", shown=0)
    found = shares(visit.clinic_id, NOW - timedelta(days=1), NOW + timedelta(seconds=1))
    assert [(one.channel, one.notices, one.shown) for one in found] == [("", 2, 1), ("push", 1, 1)]


def test_that_others_were_asked_to_look_in_is_no_channel_on_which_anything_shows(
    visit: Visit,
) -> None:
    attempted(told(visit, "a", shown=1), "driver")
    assert counted(visit) == {"": (1, 1, 0), "push": (1, 1, 0)}


def test_routine_withdrawn_and_other_clinics_notices_do_not_count(visit: Visit) -> None:
    attempted(a_notice(visit, "rest-4h", "a", state="sent", sent_at=NOW))
    attempted(a_notice(visit, "evening", "b", safety=True, state="withdrawn"))
    told(a_visit(a_patient(a_clinic())), "c", shown=1)
    assert counted(visit) == {}


def test_what_nobody_took_for_minutes_is_stuck(visit: Visit) -> None:
    late = a_notice(visit, "evening", "a", due_at=NOW - 6 * MINUTE)
    a_notice(visit, "evening", "b", due_at=NOW - 2 * MINUTE)
    a_notice(visit, "evening", "c", due_at=NOW - 9 * MINUTE, state="sent", next_at=None)
    assert [notice.id for notice in stuck(visit.clinic_id, NOW)] == [late.id]


def a_phone_of(visit: Visit, **more: Any) -> Device:
    values = {
        "clinic_id": visit.clinic_id, "role": "patient", "owner_id": visit.patient_id,
        "endpoint": "https://push.example/1", "endpoint_hash": "1", "p256dh": "",
        "auth": "", "server_key": "", "label": "Firefox, Android", "created_at": NOW,
    } | more  # fmt: skip
    lives = Lifetimes(MONTH, MONTH)
    face = Face.PATIENT if values["role"] == "patient" else Face.DRIVER
    token = begin(face, visit.clinic_id, values["owner_id"], "phone", lives, NOW)
    held = select(SignIn.id).where(SignIn.token_hash == hashed(token))
    device: Device = saved(Device(**(values | {"sign_in_id": db.session.scalars(held).one()})))
    return device


def test_a_phone_that_takes_notices_and_proves_none_looks_dead(visit: Visit) -> None:
    phone = a_phone_of(visit)
    late = NOW + timedelta(hours=1)
    attempted(told(visit, "a"), device_id=phone.id, at=NOW + MINUTE)
    assert silent_patients(visit.clinic_id, late) == set()
    attempted(told(visit, "b"), device_id=phone.id, at=NOW + 2 * MINUTE)
    assert silent_patients(visit.clinic_id, NOW + 5 * MINUTE) == set()
    assert silent_patients(visit.clinic_id, late) == {visit.patient_id}
    phone.last_receipt_at = NOW + 3 * MINUTE
    db.session.commit()
    assert silent_patients(visit.clinic_id, late) == set()


def test_one_notice_that_a_phone_has_not_proved_for_a_day_is_enough(visit: Visit) -> None:
    attempted(told(visit, "a"), device_id=a_phone_of(visit).id, at=NOW + MINUTE)
    a_day = NOW + timedelta(days=1)
    assert silent_patients(visit.clinic_id, a_day) == set()
    assert silent_patients(visit.clinic_id, a_day + MINUTE) == {visit.patient_id}


def silent_ones(clinic_id: int) -> list[tuple[str, bool]]:
    found = silent_phones(clinic_id, NOW + timedelta(hours=1))
    return [(one.device.label, one.drives) for one in found]


def test_each_phone_that_looks_dead_is_told_a_drivers_too(visit: Visit) -> None:
    contact = a_ride(visit).contact_id
    theirs = {"role": "contact", "owner_id": contact, "label": "Sam’s"}
    phones = [
        a_phone_of(visit, endpoint_hash=str(number), **more)
        for number, more in enumerate(({"label": "Old"}, {"label": "New"}, theirs))
    ]
    for occasion in ("a", "b"):
        notice = told(visit, occasion)
        for phone in phones:
            attempted(notice, device_id=phone.id, at=NOW + MINUTE)
    expected = [("Old", False), ("New", False), ("Sam’s", True)]
    assert silent_ones(visit.clinic_id) == expected
    visit.start_at = NOW - timedelta(days=3)
    db.session.commit()
    assert silent_ones(visit.clinic_id) == expected[:2]


def test_a_drivers_phone_that_looks_dead_stands_on_the_page_of_the_visit(
    admin: Visitor, visit: Visit, clock: TestClock
) -> None:
    contact = a_ride(visit).contact_id
    phone = a_phone_of(visit, role="contact", owner_id=contact)
    for occasion in ("a", "b"):
        attempted(told(visit, occasion), device_id=phone.id, at=NOW + MINUTE)
    page, warning = f"/staff/visits/{visit.id}", "their phone shows no notices lately"
    assert warning not in admin.get(page).text
    clock.move(by=timedelta(minutes=40))
    signed_in(admin, Face.STAFF, a_staff(visit.clinic, StaffRole.NURSE), clock())
    assert warning in admin.get(page).text
    assert "driver or companion" in admin.get("/staff/notices").text


def lines(answer: Any) -> list[dict[str, str]]:
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.fixture
def admin(app: Flask, client: Visitor, visit: Visit) -> Visitor:
    signed_in(client, Face.STAFF, a_staff(visit.clinic, StaffRole.ADMIN))
    return client


def test_the_ledger_of_a_visit_is_handed_out_line_by_line(admin: Visitor, visit: Visit) -> None:
    told(visit, "a", shown=1, opened=2)
    a_notice(visit, "rest-4h", "b")
    page = f"/staff/visits/{visit.id}"
    answer = admin.submit(f"{page}/timeline", to=f"{page}/notices/export")
    first, second = lines(answer)
    assert (first["kind"], first["channel"], first["outcome"]) == ("evening", "push", "sent")
    assert first["opened_at"] == (NOW + 2 * MINUTE).isoformat(timespec="seconds")
    assert (second["kind"], second["channel"]) == ("rest-4h", "")


def test_the_ledger_says_which_attempt_was_answered_when_and_proved_what(
    admin: Visitor, visit: Visit
) -> None:
    notice = told(visit, "a", shown=3)
    first = db.session.scalars(select(Attempt)).one()
    first.ended_at = NOW + MINUTE / 2
    other = attempted(notice, "sms", at=NOW + 4 * MINUTE, ended_at=NOW + 5 * MINUTE)
    other.reported, other.reported_at = "delivered", NOW + 6 * MINUTE
    saved(Receipt(attempt_id=other.id, kind="opened", at=NOW + 7 * MINUTE))
    page = f"/staff/visits/{visit.id}"
    found = lines(admin.submit(f"{page}/timeline", to=f"{page}/notices/export"))

    def times(name: str) -> list[str]:
        return [line[name][11:19] for line in found]

    assert times("attempted_at") == ["14:00:00", "14:04:00"]
    assert times("answered_at") == ["14:00:30", "14:05:00"]
    assert times("reported_at") == ["", "14:06:00"]
    assert times("attempt_shown_at") == ["14:03:00", ""]
    assert times("attempt_opened_at") == ["", "14:07:00"]
    assert times("shown_at") == ["14:03:00", "14:03:00"]


def test_a_name_that_is_a_formula_stays_words(app: Flask, admin: Visitor, visit: Visit) -> None:
    visit.patient.name = '=HYPERLINK("http://evil.example")'
    db.session.commit()
    told(visit, "a")
    form = {"since": "2026-03-01", "until": "2026-03-02"}
    [line] = lines(admin.submit("/staff/notices", form, to="/staff/notices/export"))
    assert line["patient"].startswith("'=")


def test_who_took_the_ledger_stands_in_the_trail(admin: Visitor, visit: Visit) -> None:
    admin.submit(
        f"/staff/visits/{visit.id}/timeline", to=f"/staff/visits/{visit.id}/notices/export"
    )
    verbs = db.session.scalars(select(AuditRow.verb).where(AuditRow.visit_id == visit.id)).all()
    assert "exported-ledger" in verbs


@pytest.mark.parametrize(
    ("since", "until"),
    [("", ""), ("x", "2026-03-01"), ("2026-03-02", "2026-03-01"), ("0001-01-01", "9999-12-31")],
)
def test_days_that_cannot_be_are_refused(admin: Visitor, since: str, until: str) -> None:
    form = {"since": since, "until": until}
    assert admin.submit("/staff/notices", form, to="/staff/notices/export").status_code == 422


def test_staff_read_the_shares_on_a_page(admin: Visitor, visit: Visit, clock: TestClock) -> None:
    told(visit, "a", shown=1)
    clock.move(by=timedelta(minutes=10))
    assert "1 of 1 (100 %)" in admin.get("/staff/notices?days=1").text
    assert "1 of 1 (100 %)" in admin.get("/staff/notices?days=nonsense").text


def test_a_silent_phone_stands_on_the_board(admin: Visitor, visit: Visit, clock: TestClock) -> None:
    phone = a_phone_of(visit)
    for occasion in ("a", "b"):
        attempted(told(visit, occasion), device_id=phone.id, at=NOW + MINUTE)
    clock.move(by=timedelta(minutes=25))
    assert "Phone proves no notice" not in admin.get("/staff/").text
    clock.move(by=timedelta(minutes=10))
    signed_in(admin, Face.STAFF, a_staff(visit.clinic, StaffRole.NURSE), clock())
    assert "Phone proves no notice" in admin.get("/staff/").text
    assert "Firefox, Android" in admin.get("/staff/notices").text
