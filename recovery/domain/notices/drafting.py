"""Turns a protocol's steps and notices into drafts for one visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from recovery.domain.notice import Part, Recipient
from recovery.domain.notices.draft import LEAST_WINDOW, Draft
from recovery.domain.notices.occasions import Occasion, answered, occasions
from recovery.domain.notices.quiet import evening_before, is_quiet, morning_after
from recovery.domain.notices.says import says
from recovery.domain.notices.silence import anchor_for
from recovery.domain.notices.truth import ends_of, holds
from recovery.domain.protocol.after import Audience, Condition, NoticeRule
from recovery.domain.protocol.preparation import Step, StepKind
from recovery.domain.protocol.texts import Text
from recovery.domain.protocol.timing import Anchor, Moment
from recovery.domain.ride import RideFacts, Role
from recovery.domain.visit import NOT_HAPPENING, VisitFacts, VisitState

#: Steps that tell a time: their notices come earlier rather than in the night.
TELLS_A_TIME = frozenset({StepKind.LIMIT, StepKind.ALLOWED, StepKind.COME})
#: Notices to every driver who accepted, not only to the one whose turn it is.
TO_EACH_DRIVER = frozenset({Anchor.ACCEPTED, Anchor.MOVED, Anchor.CANCELLED})
#: Notices at fixed times; they may wait for a neighbour. All others answer an event at once.
SCHEDULED = frozenset({Anchor.VISIT, Anchor.DISCHARGE})


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a step and a notice rule have in common when a notice is drafted."""

    id: str
    when: Moment
    to: tuple[Audience, ...]
    only: tuple[Condition, ...]
    safety: bool
    no_driving: bool
    useful_for: timedelta
    check_in: str | None
    texts: tuple[Text | None, ...]
    tells_a_time: bool = False


def drafts_of(visit: VisitFacts) -> Iterator[Draft]:
    """Yield every notice of one visit by what is known, before merging and filling gaps."""
    for kind in _kinds(visit):
        if not all(holds(condition, visit) for condition in kind.only):
            continue
        for occasion in occasions(kind.when, visit):
            if kind.check_in and answered(visit, kind.check_in, occasion):
                continue
            for recipient, known_since in _recipients(kind, visit):
                draft = _draft(kind, visit, occasion, recipient, known_since)
                if draft is not None:
                    yield draft


def of_rule(rule: NoticeRule) -> _Kind:
    """Return what is drafted for a notice rule."""
    return _Kind(
        id=rule.id,
        when=rule.when,
        to=rule.to,
        only=rule.only,
        safety=rule.safety,
        no_driving=rule.no_driving,
        useful_for=rule.useful_for,
        check_in=rule.check_in,
        texts=(rule.title, rule.body, rule.page),
    )


def somebody_is_asked_about(role: Audience, visit: VisitFacts) -> bool:
    """Whether the protocol has somebody to ask, who may be told, when this person is silent."""
    anchor = anchor_for(role)
    return any(
        any(_recipients(of_rule(rule), visit))
        for rule in visit.protocol.notices
        if rule.when.after is anchor and all(holds(condition, visit) for condition in rule.only)
    )


def _of_step(step: Step) -> _Kind:
    return _Kind(
        id=step.id,
        when=step.when,
        to=(Audience.PATIENT,),
        only=(),
        safety=step.safety,
        no_driving=False,
        useful_for=step.useful_for,
        check_in=None,
        texts=(step.lock_title, step.lock_body, step.body),
        tells_a_time=step.kind in TELLS_A_TIME,
    )


def _kinds(visit: VisitFacts) -> Iterator[_Kind]:
    if visit.state is VisitState.NO_SHOW:
        return
    for rule in visit.protocol.notices:
        cancelled = rule.when.after is Anchor.CANCELLED
        if cancelled != (visit.state in NOT_HAPPENING):
            continue
        asks = rule.check_in or rule.when.after is Anchor.CHECK_IN
        if asks and visit.state is VisitState.TRANSFERRED:
            continue
        yield of_rule(rule)
    if visit.state not in NOT_HAPPENING:
        for step in visit.protocol.preparation.steps:
            if step.notice and not _is_done(step, visit):
                yield _of_step(step)


def _is_done(step: Step, visit: VisitFacts) -> bool:
    if step.kind is StepKind.DRIVER and visit.driver is not None:
        return True
    return step.id in visit.steps_done and step.kind not in TELLS_A_TIME


def _recipients(kind: _Kind, visit: VisitFacts) -> Iterator[tuple[Recipient, datetime]]:
    """Yield who is told, and since when they could be: nobody is told of what came before."""
    known = visit.known_since
    for audience in kind.to:
        if audience is Audience.STAFF:
            yield Recipient(audience, visit.clinic_id), known
        elif audience is Audience.PATIENT:
            if not visit.halted:
                yield Recipient(audience, visit.patient_id), known
        else:
            for ride in visit.rides:
                told = ride.counts and not ride.halted and _is_for(audience, ride, kind, visit)
                if told:
                    yield Recipient(audience, ride.id), max(known, ride.accepted_at or known)


def _is_for(audience: Audience, ride: RideFacts, kind: _Kind, visit: VisitFacts) -> bool:
    """Whether somebody who accepted is whom a notice means. Who said it is not told it."""
    anchor, driver = kind.when.after, visit.driver
    if anchor is Anchor.HOME and driver is not None and driver.home_said_by == ride.id:
        return False
    if audience is Audience.COMPANION:
        return ride.role is Role.COMPANION
    if audience is Audience.BACKUP:
        return ride.role is Role.BACKUP and ride != driver
    return ride.role is not Role.COMPANION and (anchor in TO_EACH_DRIVER or ride == driver)


def _draft(
    kind: _Kind,
    visit: VisitFacts,
    occasion: Occasion,
    recipient: Recipient,
    known_since: datetime,
) -> Draft | None:
    ends = ends_of(kind.when.after, kind.only, visit)
    due = _out_of_quiet_hours(kind, occasion.at, visit)
    told = says(kind.texts, visit, occasion.at)
    if "earliest" in told:
        ends.append(datetime.fromisoformat(told["earliest"]))
    not_after = min([occasion.at + kind.useful_for, *ends])
    if kind.when.after is Anchor.VISIT and due < known_since:
        due, not_after = known_since, min(ends)
        told |= {"start": "now"}
    if not_after - due < LEAST_WINDOW:
        return None
    return Draft(
        recipient=recipient,
        parts=(Part(visit.id, kind.id, occasion.name, told),),
        due_at=due,
        not_after=not_after,
        safety=kind.safety,
        no_driving=kind.no_driving,
        waits=kind.when.after in SCHEDULED and recipient.role is not Audience.STAFF,
    )


def _out_of_quiet_hours(kind: _Kind, moment: datetime, visit: VisitFacts) -> datetime:
    quiet = visit.protocol.quiet_hours
    if quiet is None or not is_quiet(moment, quiet, visit.zone) or Audience.STAFF in kind.to:
        return moment
    if kind.tells_a_time:
        return evening_before(moment, quiet, visit.zone)
    return moment if kind.safety else morning_after(moment, quiet, visit.zone)
