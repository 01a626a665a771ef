"""The last rung: a person at the clinic is told what could not be sent, or was not seen."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from recovery.delivery.answers import back_off
from recovery.domain.ladder import Act, Next, Rung, misses_matter, next_act
from recovery.domain.notice import NOTICE, NoticeState
from recovery.domain.protocol.after import Audience
from recovery.services.alerts import raise_alert
from recovery.services.claims import Claim
from recovery.services.moot_alerts import board_key, no_device_key, unseen_key
from recovery.services.notice_moves import close, look_again
from recovery.services.outlets import Outlets
from recovery.services.planning import hold, replan
from recovery.services.results import Alarm
from recovery.services.standing import Standing, standings
from recovery.services.stopping import tell_staff_of_stop
from recovery.services.within_reach import lock_visit
from recovery.store.addresses import Address, Channel
from recovery.store.alerts import AlertLevel
from recovery.store.database import db
from recovery.store.notices import Attempt, Notice
from recovery.store.visits import Visit


def tell_staff(claim: Claim, outlets: Outlets, now: datetime) -> None:
    """Raise the alert or task that a claimed notice calls for, and move it on. Commits.

    Judged anew under the visit's lock, which everybody else takes before the notice's: what
    was settled in the meantime, or claimed by another, raises nothing.
    """
    visit_id = db.session.scalar(select(Notice.visit_id).where(Notice.id == claim.notice_id))
    if visit_id is not None:
        lock_visit(visit_id)
        hold(db.session.get_one(Visit, visit_id).patient_id)
        if _still_ours(claim):
            _climb(standings([claim], outlets, now)[0], now)
    db.session.commit()


def sound_alarms(alarms: Iterable[Alarm], now: datetime) -> None:
    """Tell the clinic that its sender is refused (key, clock, certificate …), or that somebody
    wants no more texts; commits.

    One alert for one kind of trouble, however many notices met it.
    """
    alarms = list(alarms)
    for address_id in {alarm.stopped for alarm in alarms if alarm.stopped}:
        address = db.session.get_one(Address, address_id)
        tell_staff_of_stop(Channel(address.channel), address.to, now)
        db.session.commit()
    faults = {alarm.detail: alarm.notice_id for alarm in alarms if not alarm.stopped}
    for detail, notice_id in faults.items():
        visit = db.session.scalars(
            select(Visit).join(Notice, Notice.visit_id == Visit.id).where(Notice.id == notice_id)
        ).one()
        raise_alert(
            visit,
            "sender-refused",
            now,
            level=AlertLevel.ALERT,
            key=f"sender:{detail}",
            detail=detail,
        )
        db.session.commit()


def _still_ours(claim: Claim) -> bool:
    locked = (
        select(Notice.fence).where(Notice.id == claim.notice_id).with_for_update(key_share=True)
    )
    return db.session.scalar(locked) == claim.fence


def _climb(standing: Standing, now: datetime) -> None:
    row = standing.row
    step = next_act(standing.facts, standing.terms, now)
    if step.act is Act.MISS:
        close(row, NoticeState.MISSED, step.why)
        if misses_matter(standing.facts):
            _alert(standing, Next(Act.MISS, "notice-missed"), now)
    elif step.act is Act.ASK_DRIVER:
        _ask_to_look_in(standing, now)
    elif step.act is Act.ASK_STAFF and row.role == Audience.STAFF:
        _put_on_the_board(standing, now)
    elif step.act is Act.ASK_STAFF:
        _alert(standing, step, now)
        if step.why == "notice-failed" and row.state != NoticeState.FAILED:
            close(row, NoticeState.FAILED, "refused")
        owed = row.state in {NoticeState.OWED, NoticeState.SENDING}
        tries_on = min(now + back_off(row.tries, 0), row.not_after)
        look_again(row, tries_on if owed else None)
    else:
        look_again(row, now)


def _ask_to_look_in(standing: Standing, now: datetime) -> None:
    """Owe those who are near a notice of their own, as the protocol has it; they get time too."""
    row = standing.row
    row.rung, row.tried_at, row.taken_at = Rung.DRIVER.value, now, now
    row.asked_at = now
    db.session.add(
        Attempt(
            notice_id=row.id,
            channel=Channel.DRIVER.value,
            rung=Rung.DRIVER,
            fence=row.fence,
            at=now,
            ended_at=now,
            outcome="sent",
        )
    )
    look_again(row, now + standing.terms.patience(row.safety))
    replan(standing.visit.patient_id, now)


def _alert(standing: Standing, step: Next, now: datetime) -> None:
    """Say which notice did not reach whom; `who` and `who_id` lead to the number to ring."""
    row, reader = standing.row, standing.reader
    who, who_id = reader.owner if reader is not None else (row.role, row.recipient_id)
    key = unseen_key(row.id)
    if step.why == "no-device":
        key = no_device_key(who, who_id)
    raise_alert(
        standing.visit,
        step.why,
        now,
        level=_level(row),
        key=key,
        notice=row.id,
        rule=row.kind,
        who=who,
        who_id=who_id,
    )
    row.rung = Rung.STAFF


def _put_on_the_board(standing: Standing, now: datetime) -> None:
    """A notice for staff needs no network: the board is where it is read."""
    row = standing.row
    raise_alert(
        standing.visit,
        row.kind,
        now,
        level=_level(row),
        key=board_key(row),
        notice=row.id,
    )
    db.session.add(
        Attempt(
            notice_id=row.id,
            channel="board",
            rung=Rung.STAFF,
            fence=row.fence,
            at=now,
            ended_at=now,
            outcome="sent",
        )
    )
    if row.state == NoticeState.OWED:
        NOTICE.judge(NoticeState.OWED, NoticeState.SENDING)
    NOTICE.judge(NoticeState.SENDING, NoticeState.SENT)
    row.state, row.sent_at = NoticeState.SENT.value, now
    look_again(row, None)


def _level(row: Notice) -> AlertLevel:
    return AlertLevel.ALERT if row.safety else AlertLevel.TASK
