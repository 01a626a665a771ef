"""A ride for the calendar of whoever drives, stands by or stays."""

from flask import Response
from flask_babel import gettext as _

from recovery import clock
from recovery.domain.calendar import drivers_entry
from recovery.domain.ride import Role
from recovery.services.driving import ride_of
from recovery.store.rides import Ride
from recovery.store.sign_ins import Face
from recovery.web.access import contact, open_to
from recovery.web.calendar_files import EntryWords, calendar_file, own_page
from recovery.web.driver_pages import driver_pages, facts_behind
from recovery.web.driver_words import first_name
from recovery.web.telephone import telephone

pages = driver_pages("driver_calendar", "/driver")


@pages.get("/rides/<int:ride_id>/calendar.ics")
@open_to(Face.DRIVER)
def calendar(ride_id: int) -> Response:
    """The pick-up with its place and alarms; nothing of a ride without the patient's consent."""
    ride = ride_of(contact(), ride_id)
    visit = facts_behind(ride)
    entries = [(drivers_entry(visit), _words(ride))]
    return calendar_file(visit, entries, own_page(f"/driver/rides/{ride_id}"), clock.now())


def _words(ride: Ride) -> EntryWords:
    name, clinic = first_name(ride.visit.patient), ride.visit.clinic
    titles = {
        Role.DRIVER: _("Drive %(name)s home", name=name),
        Role.BACKUP: _("Backup driver for %(name)s", name=name),
        Role.COMPANION: _("Stay with %(name)s", name=name),
    }
    more = _("We tell you when %(name)s is ready.", name=name)
    call = _("Questions? Call us at %(phone)s.", phone=telephone(clinic.phone))
    text = "\n".join(
        filter(None, (clinic.neutral_name, clinic.entrance, clinic.parking, f"{more} {call}"))
    )
    return EntryWords(titles[Role(ride.role)], text, clinic.address)
