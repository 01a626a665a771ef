"""HTTP in and out: one blueprint a file, presenters beside them. No rules, no session."""

from flask import Blueprint, Flask

from recovery.web import (
    devices,
    driver,
    driver_acts,
    driver_help,
    driver_link,
    driver_notices,
    health,
    language_switch,
    metrics,
    patient_check_ins,
    patient_driver,
    patient_help,
    patient_home,
    patient_notices,
    patient_steps,
    patient_welcome,
    pwa,
    receipts,
    staff_alerts,
    staff_board,
    staff_booking,
    staff_discharge,
    staff_infusion,
    staff_me,
    staff_patients,
    staff_people,
    staff_second,
    staff_sign_in,
    staff_visit,
    staff_visit_acts,
    styleguide,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    patient_welcome.pages,
    patient_home.pages,
    patient_steps.pages,
    patient_check_ins.pages,
    patient_help.pages,
    patient_notices.pages,
    devices.pages,
    receipts.pages,
    pwa.pages,
    language_switch.pages,
    driver_link.pages,
    driver.pages,
    driver_acts.pages,
    driver_notices.pages,
    driver_help.pages,
    patient_driver.pages,
    staff_sign_in.pages,
    staff_second.pages,
    staff_me.pages,
    staff_people.pages,
    staff_people.doors,
    staff_board.pages,
    staff_patients.pages,
    staff_booking.pages,
    staff_visit.pages,
    staff_visit_acts.pages,
    staff_infusion.pages,
    staff_discharge.pages,
    staff_alerts.pages,
    health.pages,
    metrics.pages,
    styleguide.bp,
)


def register(app: Flask) -> None:
    """Give the app all its pages."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
