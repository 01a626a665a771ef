"""The patient after the visit: the wait in all its states, help, check-ins, notices."""

from datetime import timedelta
from typing import Any, Final

from recovery.domain.notice import NoticeState
from recovery.domain.ride import RideState, Role
from recovery.domain.visit import VisitState
from recovery.services.audit import Actor
from recovery.services.check_ins import Sent, answer_check_in
from recovery.services.patient_notices import say_seen
from recovery.services.red_flags import report_red_flag
from recovery.services.said_once import Sending
from tests.addresses import flag_page
from tests.builders import NOW, a_ride, a_visit
from tests.builders_protocol import harmless, ketamine
from tests.gallery.entry import Entry
from tests.gallery.scenes import (
    A_DAY,
    HOUR,
    People,
    booked,
    notices_of,
    of_the_patient,
    planned,
    said,
)

HOME = VisitState.DISCHARGED
FLAGS: Final = ketamine().red_flags
UNWATCHED: Final = {"watched": "Mon-Fri 13:00-17:00"}


def waiting(
    ago: timedelta = timedelta(),
    heard: dict[str, Any] | None = None,
    flag: str = "",
    coming: bool = False,
    companion: bool = False,
    **changes: Any,
) -> People:
    """A patient who left an hour and `ago` ago, what they said an hour ago, what is wrong."""
    patient, visit, ride = booked(HOME, ago=ago, **changes)
    if companion:
        a_ride(visit, role=Role.COMPANION.value, name="Ana Ruiz", phone="+12125550199")
    if heard is not None:
        said(visit, **heard)
    if flag:
        report_red_flag(visit.id, flag, Actor("patient", patient.id), NOW)
    if coming:
        a_visit(patient, visit.protocol_version, start_at=NOW + timedelta(days=3))
    planned(patient)
    return patient, visit, ride


def well_read() -> People:
    """A patient who has read the first notice; the second is no longer true."""
    patient, visit, ride = waiting(ago=3 * HOUR)
    say_seen(patient, notices_of(visit)["rest"], NoticeState.ACKNOWLEDGED, NOW)
    return patient, visit, ride


def answered_before() -> People:
    """A patient who has sent the last questions; the same page is about to be sent again."""
    patient, visit, ride = waiting(ago=A_DAY)
    sent = Sent("last-questions", "", FINE)
    answer_check_in(patient, visit.id, sent, Sending(KEY, NOW - HOUR), NOW - HOUR)
    return patient, visit, ride


def _wait(name: str, address: str = "/me", shows: str = "", **how: Any) -> Entry:
    return Entry(f"patient-{name}", of_the_patient(waiting, **how), address, shows=shows)


KEY: Final = "a-page-that-is-open-twice"
LAST: Final = next(check for check in ketamine().check_ins if check.ends_wait)
FINE: Final = {question.id: harmless(question) for question in LAST.questions}
WELL: Final = {"slept": True, "symptoms": []}
WAITING: Final = of_the_patient(waiting)
OVER: Final = of_the_patient(waiting, ago=A_DAY, heard=WELL)
NOT_WATCHED: Final = of_the_patient(waiting, clinic=UNWATCHED)
READ: Final = of_the_patient(well_read)
CHECK_INS: Final = "/me/visits/{visit}/check-ins/"

AFTER: Final[tuple[Entry, ...]] = (
    Entry("patient-wait", WAITING, "/me"),
    Entry("patient-wait-kept", WAITING, "/me", shows="[data-kept]"),
    Entry("patient-wait-queue", WAITING, "/me", shows="[data-waiting]"),
    _wait("wait-home", ride=RideState.HOME),
    _wait("wait-companion", companion=True),
    _wait("wait-asked", ago=3 * HOUR),
    _wait("wait-next-visit", coming=True),
    _wait("wait-with-red-flag", flag="chest-pain"),
    _wait("wait-with-symptom", heard={"check_in": "later-2h", "symptoms": ["dizziness"]}),
    _wait("wait-extended", wait_extended_until=NOW + timedelta(days=9)),
    _wait("wait-passed", ago=A_DAY),
    _wait("wait-passed-slept-badly", ago=A_DAY, heard={"slept": False, "symptoms": []}),
    _wait("wait-passed-symptom", ago=A_DAY, heard={"slept": True, "symptoms": ["dizziness"]}),
    _wait("wait-passed-red-flag", ago=A_DAY, heard=WELL, flag="chest-pain"),
    Entry("patient-wait-left", of_the_patient(booked, VisitState.LEFT), "/me"),
    Entry("patient-wait-transferred", of_the_patient(booked, VisitState.TRANSFERRED), "/me"),
    Entry("patient-over", OVER, "/me"),
    Entry("patient-going-home", WAITING, "/me/visits/{visit}/going-home"),
    _wait("going-home-passed", "/me/visits/{visit}/going-home", ago=A_DAY),
    Entry("patient-going-home-over", OVER, "/me/visits/{visit}/going-home"),
    _wait("over-next-visit", ago=A_DAY, heard=WELL, coming=True),
    _wait("next-visit", "/me/visits/{newest}", coming=True),
    Entry("patient-help", WAITING, "/me/help"),
    Entry("patient-help-not-watched", NOT_WATCHED, "/me/help"),
    *(
        Entry(f"patient-flag-{flag.id}", WAITING, flag_page(flag.id))
        for flag in FLAGS
        if flag.asked_of_patient
    ),
    _wait("flag-told", flag_page("chest-pain"), flag="chest-pain"),
    Entry("patient-flag-not-watched", NOT_WATCHED, flag_page("suicidal")),
    *(
        Entry(f"patient-check-in-{check.id}", WAITING, CHECK_INS + check.id)
        for check in ketamine().check_ins
    ),
    *(
        Entry(f"patient-check-in-{name}-errors", WAITING, CHECK_INS + name, sends={}, status=422)
        for name in ("later-2h", "last-questions")
    ),
    Entry("patient-check-in-queue", WAITING, CHECK_INS + "later-2h", shows="[data-waiting]"),
    Entry(
        "patient-check-in-other-answers",
        of_the_patient(answered_before),
        CHECK_INS + LAST.id,
        sends=FINE | {"dizzy": "yes", "key": KEY},
        status=409,
    ),
    Entry("patient-unsent", WAITING, "/me/unsent"),
    Entry("patient-thanks", WAITING, "/me/thanks"),
    Entry("patient-thanks-drove", WAITING, "/me/thanks?drove="),
    *(
        Entry(f"patient-notice-{kind}", WAITING, f"/me/notices/{{notice[{kind}]}}")
        for kind in ("rest", "later", "evening", "last-questions", "still-waiting-morning", "day-1")
    ),
    Entry("patient-notice-was-read", READ, "/me/notices/{notice[rest]}"),
    Entry("patient-notice-over", OVER, "/me/notices/{notice[over]}"),
    Entry("patient-driver-after", WAITING, "/me/visits/{visit}/driver"),
)
