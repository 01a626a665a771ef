"""PostgreSQL goes away under web and worker: what they must do, however it goes and comes back."""

import math
from contextlib import AbstractContextManager

from sqlalchemy import select

from recovery.clock import system_now
from recovery.store.database import db
from recovery.store.visits import CheckInAnswer
from tests.builders import a_clinic, a_patient, a_visit, saved
from tests.faults.crew import Crew, a_test, count, posts, unknown
from tests.faults.web import Browser
from tests.notices import HOUR, a_phone
from tests.push_service import PushService
from tests.waiting import until


def all_that_was_kept_goes_on(
    crew: Crew, service: PushService, away: AbstractContextManager[None]
) -> None:
    """Take the database away in the midst of a batch, and see what came of all of it.

    Nothing that was kept is lost, a page asks to be tried again, and a notice is told twice only
    when the worker lost track of it.
    """
    patient = a_patient(a_clinic())
    phone = a_phone(patient, service, system_now())
    visit = a_visit(patient, start_at=system_now() + 5 * HOUR)
    saved(a_test(visit, "before", system_now()))
    web, worker = crew.serve(), crew.start()
    until(lambda: phone.count == 1, 30, "the notice before it went away")
    until(lambda: web.health() == 200, 30, "the worker's sign of life")
    service.queue_fault(delay=1, times=math.inf)
    for number in range(20):
        saved(a_test(visit, f"meanwhile-{number}", system_now()))
    until(lambda: len(service.posts) > 5, 30, "they are in the midst of it")
    said = CheckInAnswer(visit_id=visit.id, check_in="morning", answers={}, at=system_now())
    last_id = saved(said).id
    db.session.remove()

    with away:
        answers = {page: Browser(web.port).get(page) for page in ("/healthz", "/welcome/nobody")}
        assert {answer.status for answer in answers.values()} == {503}
        assert answers["/welcome/nobody"].headers["Retry-After"] == "5"
        service.call(service.faults.clear)

    until(lambda: count("sent") == 21, 30, "the rest is sent")
    until(lambda: web.health() == 200, 30, "all is well again")
    assert db.session.scalar(select(CheckInAnswer.id)) == last_id
    sent, lost_track_of = posts(service), unknown()
    assert len(sent) == 21
    assert all(times <= 1 + lost_track_of[topic] for topic, times in sent.items())
    assert [one.process.poll() for one in (web, worker)] == [None, None]
