"""A staff person at the clinic's tablet in tests: opens pages, fills in forms, waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from recovery.domain.protocol import Protocol
from recovery.services.facts import protocol_of
from recovery.store.clinics import Clinic, ProtocolVersion, Staff, StaffRole
from recovery.store.database import db
from recovery.store.sign_ins import Face
from recovery.store.visits import Visit
from tests.builders import a_patient, a_ride, a_staff, a_visit, signed_in
from tests.clock import TestClock
from tests.visitor import Visitor

#: Shorter than the idle end of a staff sign-in: somebody looks at the tablet now and then.
A_LOOK = timedelta(minutes=20)
NEW_YORK_IN_WINTER = timedelta(hours=-5)


class Desk:
    """One signed-in person; `act` presses a button of the page of a visit."""

    def __init__(self, client: Visitor, clock: TestClock, clinic_id: int, role: StaffRole) -> None:
        self.client, self.clock, self.clinic_id = client, clock, clinic_id
        with self.inside() as clinic:
            found = select(Staff).where(Staff.clinic_id == clinic.id, Staff.role == role.value)
            person = db.session.scalars(found).first() or a_staff(
                clinic, role, name=f"{role.title()} Weiss"
            )
            signed_in(client, Face.STAFF, person, clock())
            self.staff_id = person.id

    @contextmanager
    def inside(self) -> Iterator[Clinic]:
        """The app's context, with the clinic as it is stored now."""
        with self.client.application.app_context():
            clinic = db.session.get(Clinic, self.clinic_id)
            assert clinic is not None
            yield clinic

    def local(self, by: timedelta = timedelta()) -> str:
        """The clinic's clock, `by` from now, as a `datetime-local` field holds it."""
        return (self.clock() + NEW_YORK_IN_WINTER + by).strftime("%Y-%m-%dT%H:%M")

    def wait(self, minutes: float) -> None:
        """Let time pass; the tablet stays in use meanwhile."""
        left = timedelta(minutes=minutes)
        while left > timedelta():
            self.clock.move(by=min(left, A_LOOK))
            left -= A_LOOK
            assert self.client.get("/staff/alerts").status_code == 200

    def visit(self, *, driver: bool = True, **changes: Any) -> int:
        """Book a visit by hand, an hour from the tests' beginning; returns its id."""
        with self.inside() as clinic:
            visit = a_visit(a_patient(clinic), **changes)
            if driver:
                a_ride(visit)
            return visit.id

    def invite(self, ahead: timedelta, **changes: Any) -> tuple[int, str]:
        """Add a patient and a visit that starts after a while, through the pages; return its id
        and the path of the welcome link."""
        person = {"name": "Rosa Delgado", "born": "1988-04-12", "phone": "(212) 555-0142"}
        added = self.client.submit("/staff/patients/new", person | {"language": "en"} | changes)
        page = added.location
        version = self.client.get(f"{page}/visits/new").text.split('<option value="')[1]
        booked = self.client.submit(
            f"{page}/visits/new",
            {"start": self.local(ahead), "protocol": version.split('"')[0]},
        )
        assert booked.status_code == 303, booked.text
        welcome = self.client.submit(page, to=f"{page}/welcome").text
        token = welcome.split("/welcome/")[1].split('"')[0].split("<")[0].strip()
        return int(booked.location.rsplit("/", 1)[1]), f"/welcome/{token}"

    def row(self, visit_id: int) -> Visit:
        """The visit as it is stored now; only plain columns may be read."""
        with self.inside():
            visit = db.session.get(Visit, visit_id)
            assert visit is not None
            db.session.expunge(visit)
            return visit

    def act(self, visit_id: int, what: str, **data: Any) -> TestResponse:
        """Press one button of a visit's page."""
        page = f"/staff/visits/{visit_id}"
        return self.client.submit(page, data, to=f"{page}/{what}")

    def done(self, visit_id: int, what: str, **data: Any) -> None:
        """Press a button that must work."""
        answer = self.act(visit_id, what, **data)
        assert answer.status_code == 303, answer.text

    def page(self, visit_id: int) -> str:
        """What the visit's page says now."""
        return self.client.get(f"/staff/visits/{visit_id}").text

    def protocol(self) -> Protocol:
        """The protocol that the clinic began with."""
        with self.inside():
            found = select(ProtocolVersion).where(ProtocolVersion.clinic_id == self.clinic_id)
            return protocol_of(db.session.scalars(found.order_by(ProtocolVersion.id)).all()[0])

    def pass_the_gate(self, visit_id: int, **changes: Any) -> None:
        """Arrive, and enter a gate against which nothing speaks but the missing preparation."""
        self.done(visit_id, "arrive")
        self.done(visit_id, "gate", **(self.good_gate() | changes))

    def good_gate(self) -> dict[str, Any]:
        """Normal vital signs, fasted, all well, the driver reached."""
        gate = self.protocol().gate
        long_ago = self.local(-timedelta(hours=20))
        vitals = {"systolic": "122", "diastolic": "78", "pulse": "70", "spo2": "98"}
        fasted = {f"taken-{rule.id}": long_ago for rule in gate.fasting}
        answers = {
            f"q-{question.id}": next(c.id for c in question.choices if c.flag is None)
            for question in gate.questions
        }
        return vitals | fasted | answers | {"driver_reached": "yes"}

    def decide(self, visit_id: int) -> TestResponse:
        """Decide on every hold that the page shows."""
        holds = values(self.page(visit_id), 'name="hold" value="')
        return self.act(visit_id, "decide", hold=holds, decision_why="Asked by phone.")

    def start(self, visit_id: int, **data: Any) -> TestResponse:
        """Tick every point to review and start."""
        looked = values(self.page(visit_id), 'name="looked_at" value="')
        return self.act(visit_id, "start", looked_at=looked, **data)

    def infuse(self, visit_id: int) -> None:
        """From arrival to the running infusion."""
        self.pass_the_gate(visit_id)
        assert self.decide(visit_id).status_code == 303
        answer = self.start(visit_id)
        assert answer.status_code == 303, answer.text

    def get_ready_to_go(self, visit_id: int) -> None:
        """From the running infusion to a patient who lacks the handover only."""
        self.wait(40)
        self.done(visit_id, "end")
        rule = self.protocol().discharge
        for minutes in (30, 35):
            self.wait(minutes)
            self.done(visit_id, "score", **{f"points-{item.id}": "2" for item in rule.items})
        self.done(visit_id, "checks", checks=[check.id for check in rule.checks], spo2="97")


def values(page: str, before: str) -> list[str]:
    """Every value that follows `before` on a page."""
    return [part.split('"')[0] for part in page.split(before)[1:]]
