"""Route by route: what each role at a clinic may do, and what is refused without a trace."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from recovery.domain.rights import Right, StaffRole, may
from recovery.store.alerts import Alert
from recovery.store.audit import AuditRow
from recovery.store.database import db
from recovery.store.sign_ins import Face
from tests.builders import NOW, a_clinic, a_patient, a_ride, a_staff, a_visit, saved, signed_in
from tests.visitor import Visitor

TABLE: dict[Right, set[str]] = {
    Right.SEE: {
        "staff_alerts.index",
        "staff_alerts.past",
        "staff_board.board",
        "staff_data.show",
        "staff_board.pulse",
        "staff_calendar.end",
        "staff_calendar.make",
        "staff_paper.show",
        "staff_patients.index",
        "staff_patients.show",
        "staff_reach.state",
        "staff_paused.show",
        "staff_achievement.show",
        "staff_ledger.show",
        "staff_me.app",
        "staff_me.codes",
        "staff_me.end",
        "staff_me.forget",
        "staff_me.make_codes",
        "staff_me.passkey",
        "staff_me.password",
        "staff_me.question",
        "staff_me.show",
        "staff_protocols.draft",
        "staff_protocols.index",
        "staff_protocols.show",
        "staff_rehearsal.changed",
        "staff_rehearsal.compare",
        "staff_rehearsal.draft",
        "staff_rehearsal.show",
        "staff_sign_in.leave",
        "staff_sign_in.put_down",
        "staff_summary.going_home",
        "staff_summary.show",
        "staff_visit.show",
        "staff_visit.timeline",
    },
    Right.ANSWER: {"staff_alerts.resolve", "staff_alerts.take"},
    Right.BOOK: {
        "staff_booking.book",
        "staff_sheets.send",
        "staff_booking.new",
        "staff_import.book",
        "staff_import.choose",
        "staff_import.show",
        "staff_paper.with_link",
        "staff_patients.add",
        "staff_patients.new",
        "staff_patients.welcome",
        "staff_series.book",
        "staff_series.new",
        "staff_series_moves.move",
        "staff_reach.correct",
        "staff_reach.test",
        "staff_visit_acts.cancel",
        "staff_visit_acts.driver_said_yes",
        "staff_visit_acts.move",
        "staff_visit_acts.no_show",
    },
    Right.RECEIVE: {"staff_visit_acts.come"},
    Right.STOP: {
        "staff_data.stop_telling",
        "staff_patients.halt",
        "staff_patients.halt_person",
        "staff_patients.release",
        "staff_patients.release_person",
    },
    Right.DATA: {"staff_data.erase", "staff_data.finish"},
    Right.CLINIC: {
        "staff_clinic.accent",
        "staff_clinic.change",
        "staff_clinic.logo",
        "staff_clinic.no_logo",
        "staff_clinic.show",
        "staff_keeping.save",
        "staff_keeping.show",
        "staff_paused.release",
    },
    Right.EXPORT: {
        "staff_achievement.export",
        "staff_data.print_all",
        "staff_data.save",
        "staff_ledger.export",
        "staff_ledger.export_one",
    },
    Right.PEOPLE: {
        "staff_people.add",
        "staff_people.back",
        "staff_people.index",
        "staff_people.link",
        "staff_people.out",
        "staff_people.role",
    },
    Right.PROTOCOLS: {
        "staff_protocols.copy",
        "staff_protocols.items",
        "staff_protocols.make_public",
        "staff_protocols.save",
        "staff_protocols.throw_away",
    },
    Right.SIGN: {"staff_protocols.sign_off"},
    Right.TREAT: {
        "staff_discharge.checks",
        "staff_discharge.code",
        "staff_discharge.extend",
        "staff_discharge.go_home",
        "staff_discharge.handover",
        "staff_discharge.score",
        "staff_discharge.shorten",
        "staff_infusion.end",
        "staff_infusion.gate",
        "staff_infusion.measure",
        "staff_monitoring.write",
        "staff_infusion.ready",
        "staff_infusion.sedative",
        "staff_infusion.start",
        "staff_visit_acts.correct",
        "staff_visit_acts.left",
        "staff_visit_acts.take_back",
        "staff_visit_acts.transferred",
    },
    Right.DECIDE: {
        "staff_discharge.close",
        "staff_infusion.decide",
        "staff_infusion.exempt",
        "staff_infusion.stop_exempting",
    },
}


#: These end the sign-in that the walk needs.
LAST = {"staff_sign_in.leave", "staff_sign_in.put_down"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Rights are the same on any database."""
    return sqlite_url


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """These tests turn CSRF off."""
    fresh_app.config["WTF_CSRF_ENABLED"] = False
    return fresh_app


def test_every_staff_route_needs_the_right_that_the_table_says(app: Flask) -> None:
    needed: dict[Right, set[str]] = {}
    for endpoint, view in app.view_functions.items():
        if getattr(view, "open_to", None) is Face.STAFF:
            needed.setdefault(view.right, set()).add(endpoint)
    assert needed == TABLE


@pytest.mark.parametrize("role", StaffRole)
def test_a_role_may_do_what_its_rights_say_and_nothing_else(
    app: Flask, client: Visitor, role: StaffRole
) -> None:
    with app.app_context():
        clinic = a_clinic()
        patient = a_patient(clinic)
        visit = a_visit(patient, start_at=NOW + timedelta(hours=1))
        contact = a_ride(visit).contact_id
        alert = saved(
            Alert(clinic_id=clinic.id, visit_id=visit.id, key="a", kind="drove", level="task",
                  facts={}, raised_at=NOW)
        )  # fmt: skip
        ids = {"visit_id": visit.id, "patient_id": patient.id, "contact_id": contact}
        ids["alert_id"] = alert.id
        signed_in(client, Face.STAFF, a_staff(clinic, role))
    for rule in app.url_map.iter_rules():
        right = getattr(app.view_functions[rule.endpoint], "right", None)
        if not rule.rule.startswith("/staff/") or rule.endpoint in LAST:
            continue
        if right is None or getattr(app.view_functions[rule.endpoint], "open_to", 0) != Face.STAFF:
            continue
        with app.test_request_context():
            values = {name: ids.get(name, 987_654) for name in rule.arguments}
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            before = acts(app)
            answer = client.open(address, method=method)
            assert (answer.status_code == 403) is not may(role, right), (role, method, address)
            if answer.status_code == 403:
                assert acts(app) == before


def acts(app: Flask) -> int:
    """How many rows the audit trail has."""
    with app.app_context():
        return db.session.scalar(select(func.count(AuditRow.id))) or 0
