"""Texts and e-mail: the pages behind their links, and where a patient asks for them."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select

from recovery.domain.ladder import Rung
from recovery.domain.notice import NoticeState
from recovery.domain.visit import VisitState
from recovery.services.sign_in import hashed
from recovery.services.stopped_numbers import keep_stop
from recovery.store.addresses import Channel
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from tests.builders import NOW, saved
from tests.carriers import an_address
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import booked

HALF_AN_HOUR: Final = timedelta(minutes=30)


def written_to(channel: Channel = Channel.TEXT, kind: str = "rest", days_ago: int = 0) -> Situation:
    """Somebody who was sent a notice by text or e-mail, and opens its link in any browser."""
    patient, visit, ride = booked(VisitState.DISCHARGED)
    to_driver = kind == "rest-driver"
    notice = db.session.scalars(
        select(Notice).where(Notice.visit_id == visit.id, Notice.kind == kind)
    ).first()
    assert notice is not None
    notice.state, notice.sent_at, notice.rung = NoticeState.SENT.value, NOW, Rung.MESSAGE.value
    notice.not_after = NOW + timedelta(hours=2) - timedelta(days=days_ago)
    address = an_address(ride.contact if to_driver else patient, channel)
    token = f"{channel.value}-{kind}-{notice.id}"
    saved(
        Attempt(
            notice_id=notice.id,
            address_id=address.id,
            channel=channel.value,
            rung=Rung.MESSAGE.value,
            fence=1,
            at=NOW - timedelta(days=days_ago),
            outcome="sent",
            receipt_hash=hashed(token),
        )
    )
    return Situation({}, {"token": token})


def with_address(stopped: bool = False, **changes: Any) -> Situation:
    """A patient who has given a number for texts."""
    patient, _, _ = booked()
    patient.phone = "+12125550149" if stopped else "+12125550142"
    an_address(patient, Channel.TEXT, **changes)
    if stopped:
        keep_stop(patient.phone, NOW)
        db.session.commit()
    return situation(patient)


BY_TEXT: Final = partial(written_to)
BY_EMAIL: Final = partial(written_to, Channel.EMAIL)
TO_DRIVER: Final = partial(written_to, kind="rest-driver")
TOO_OLD: Final = partial(written_to, days_ago=2)
WAITS: Final = partial(with_address, proved_at=None, code_hash="x", code_ends_at=NOW + HALF_AN_HOUR)
PROVED: Final = partial(with_address)
STOPPED: Final = partial(with_address, stopped=True)
TEXT: Final = "/me/notices/other/text"

MESSAGES: Final[tuple[Entry, ...]] = (
    Entry("public-message", BY_TEXT, "/m/{token}"),
    Entry("public-message-read", BY_TEXT, "/m/{token}", sends={}, to="/m/{token}"),
    Entry("public-message-read-by-driver", TO_DRIVER, "/m/{token}", sends={}, to="/m/{token}"),
    Entry("public-message-over", TOO_OLD, "/m/{token}", status=410),
    Entry("public-message-stop-texts", BY_TEXT, "/m/{token}/stop"),
    Entry("public-message-stop-email", BY_EMAIL, "/m/{token}/stop"),
    Entry("public-message-stopped", BY_EMAIL, "/m/{token}/stop", sends={}, to="/m/{token}/stop"),
    Entry("patient-other-ways", PROVED, "/me/notices/other"),
    Entry("patient-other-way-email", PROVED, "/me/notices/other/email"),
    Entry(
        "patient-other-way-email-errors",
        PROVED,
        "/me/notices/other/email",
        sends={"to": "rosa at home"},
        to="/me/notices/other/email/code",
        status=422,
    ),
    Entry("patient-other-way-code", WAITS, TEXT),
    Entry(
        "patient-other-way-code-errors",
        WAITS,
        TEXT,
        sends={"code": "123456"},
        to=f"{TEXT}/prove",
        status=422,
    ),
    Entry("patient-other-way-proved", PROVED, TEXT),
    Entry("patient-other-way-another", PROVED, f"{TEXT}?another=1"),
    Entry("patient-other-way-stopped", STOPPED, TEXT),
)
