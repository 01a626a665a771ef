"""Something is wrong: the buttons for whoever is with the patient, and the numbers to call."""

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.protocol import Protocol
from recovery.domain.protocol.after import RedFlag
from recovery.domain.protocol.questions import Urgency
from recovery.services.audit import Actor
from recovery.services.driving import ride_of, rides_of
from recovery.services.red_flags import report_red_flag, told_flags
from recovery.store.clinics import Clinic
from recovery.store.sign_ins import Face
from recovery.web.access import contact, open_to
from recovery.web.driver_pages import driver_pages, facts_behind
from recovery.web.driver_words import first_name
from recovery.web.look import emergency_number
from recovery.web.telephone import unbroken

pages = driver_pages("driver_help", "/driver")


@pages.get("/help")
@open_to(Face.DRIVER)
def which() -> Response:
    """Lead to the buttons of the ride that is under way."""
    rides = rides_of(contact())
    if not rides:
        return make_response(render_template("driver/rides.html", entries=[], help_href=None))
    begun = [ride for ride in rides if ride.visit.started_at is not None]
    ride = begun[-1] if begun else rides[0]
    return make_response(redirect(url_for("driver_help.buttons", ride_id=ride.id), 303))


@pages.get("/rides/<int:ride_id>/help")
@open_to(Face.DRIVER)
def buttons(ride_id: int) -> str:
    """The emergency number first, then what may be wrong, most urgent first."""
    ride = ride_of(contact(), ride_id)
    protocol = facts_behind(ride).protocol
    order = list(Urgency)
    asked = [flag for flag in protocol.red_flags if flag.asked_of_others]
    return render_template(
        "driver/help.html",
        ride=ride,
        name=first_name(ride.visit.patient),
        flags=sorted(asked, key=lambda flag: order.index(flag.urgency)),
        numbers=numbers_for(protocol, ride.visit.clinic),
        language=_language(),
    )


@pages.post("/rides/<int:ride_id>/help")
@open_to(Face.DRIVER)
def report(ride_id: int) -> Response:
    """Tell the clinic, then show what to do."""
    ride = ride_of(contact(), ride_id)
    flag_id = request.form.get("flag", "")[:100]
    flag = report_red_flag(ride.visit_id, flag_id, Actor("driver", contact().id), clock.now())
    place = facts_behind(ride).protocol.red_flags.index(flag) + 1
    return make_response(redirect(url_for("driver_help.advice", ride_id=ride_id, place=place), 303))


@pages.get("/rides/<int:ride_id>/help/<int:place>")
@open_to(Face.DRIVER)
def advice(ride_id: int, place: int) -> str:
    """What to do now, with the numbers as large as the screen.

    The address holds the flag's place in the protocol (from 1), and no word of what is wrong:
    addresses stay in a phone's history.
    """
    ride = ride_of(contact(), ride_id)
    protocol = facts_behind(ride).protocol
    flag = next(iter(protocol.red_flags[max(place - 1, 0) : place]), None)
    if flag is None or not flag.asked_of_others:
        abort(404)
    clinic = ride.visit.clinic
    words = flag.page.in_language(_language()).format(phone=unbroken(clinic.phone))
    return render_template(
        "driver/red_flag.html",
        ride=ride,
        flag=flag,
        words=words,
        was_told=flag.id in told_flags(ride.visit_id),
        numbers=_most_urgent_first(flag, numbers_for(protocol, clinic)),
        language=_language(),
    )


def numbers_for(protocol: Protocol, clinic: Clinic) -> list[tuple[str, str]]:
    """Return words and number, to be rung with one tap: emergency, crisis line, clinic."""
    known = protocol.numbers.get(clinic.country)
    if known is None:
        return [_clinics_own(clinic)]
    return [
        (_("Emergency: call %(number)s", number=known.emergency), known.emergency),
        (_("Crisis line: call %(number)s", number=known.crisis), known.crisis),
        _clinics_own(clinic),
    ]


def numbers_without_visit(clinic: Clinic) -> list[tuple[str, str]]:
    """The same for somebody who has no visit: what the clinic's protocols know of its country."""
    number = emergency_number()
    first = [(_("Emergency: call %(number)s", number=number), number)] if number else []
    return [*first, _clinics_own(clinic)]


def _clinics_own(clinic: Clinic) -> tuple[str, str]:
    return _("Call the clinic: %(number)s", number=unbroken(clinic.phone)), clinic.phone


def _most_urgent_first(flag: RedFlag, numbers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The number that this red flag needs comes first; the others stay."""
    first = {Urgency.EMERGENCY: 0, Urgency.CRISIS: 1}.get(flag.urgency, len(numbers) - 1)
    first = min(first, len(numbers) - 1)
    return [numbers[first], *(pair for pair in numbers if pair is not numbers[first])]


def _language() -> str:
    return str(get_locale() or "en")
