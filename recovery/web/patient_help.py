"""“I don't feel right”: numbers first, then buttons that tell the clinic."""

from typing import Final

from flask import Response, g, render_template, url_for

from recovery import clock
from recovery.domain.hours import somebody_watches
from recovery.domain.protocol.after import RedFlag
from recovery.domain.protocol.questions import Urgency
from recovery.services.audit import Actor
from recovery.services.reading import visit_in_mind
from recovery.services.red_flags import report_red_flag, told_flags
from recovery.services.refusals import NotFound
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient
from recovery.web.driver_help import numbers_for, numbers_without_visit
from recovery.web.ids import number_of
from recovery.web.patient_pages import patient_pages
from recovery.web.patient_sendings import arrived, echo
from recovery.web.patient_words import filled, said

pages = patient_pages("patient_help", kept=True)
#: Which of the numbers (emergency, crisis line, clinic) a red flag needs first.
FIRST: Final = {Urgency.EMERGENCY: 0, Urgency.CRISIS: 1}


@pages.get("/help")
@open_to(Face.PATIENT)
def buttons() -> str:
    """Show the numbers, whether somebody watches now, and what may be wrong."""
    g.theme = "dim"
    try:
        visit = visit_in_mind(patient())
    except NotFound:
        numbers = numbers_without_visit(g.clinic)
        return render_template("patient/help.html", flags=[], numbers=numbers, watched=_watched())
    protocol = visit.protocol
    order = list(Urgency)
    asked = [flag for flag in protocol.red_flags if flag.asked_of_patient]
    flags = sorted(asked, key=lambda flag: order.index(flag.urgency))
    return render_template(
        "patient/help.html",
        visit_id=visit.id,
        flags=[(flag.id, said(flag.button), flag.urgency in FIRST) for flag in flags],
        numbers=numbers_for(protocol, g.clinic),
        watched=_watched(),
    )


@pages.post("/help/<hushed:flag_id>")
@open_to(Face.PATIENT)
def tell(flag_id: str) -> Response:
    """Tell the clinic at once, then show what to do.

    A report that waited on a phone is about the visit whose page it was said on.
    """
    read = arrived()
    visit = read.about["visit"]
    visit_id = number_of(visit) if visit else visit_in_mind(patient()).id
    actor = Actor("patient", patient().id)
    report_red_flag(visit_id, flag_id, actor, clock.now(), read.sending)
    return echo(read, url_for("patient_help.told", flag_id=flag_id))


@pages.get("/help/<hushed:flag_id>")
@open_to(Face.PATIENT)
def told(flag_id: str) -> str:
    """What to do now, with the number as large as the screen."""
    g.theme = "dim"
    visit = visit_in_mind(patient())
    flag = visit.protocol.red_flag(flag_id)
    if flag is None:
        raise NotFound
    known = visit.protocol.numbers.get(g.clinic.country)
    return render_template(
        "patient/red_flag.html",
        flag=flag,
        title=said(flag.button),
        words=filled(flag.page, visit, clock.now(), clock.now()),
        crisis=said(known.crisis_words) if known and flag.urgency is Urgency.CRISIS else "",
        numbers=_first_things_first(flag, numbers_for(visit.protocol, g.clinic)),
        watched=_watched(),
        saved=flag.id in told_flags(visit.id),
    )


def _first_things_first(flag: RedFlag, numbers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    first = min(FIRST.get(flag.urgency, len(numbers) - 1), len(numbers) - 1)
    return [numbers[first], *numbers[:first], *numbers[first + 1 :]]


def _watched() -> bool:
    return somebody_watches(g.clinic.watched, g.zone, clock.now())
