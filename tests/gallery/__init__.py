"""The gallery: every page in every state, named once, for whoever walks through all of them.

Tests read it in Spanish, measure it in a browser and take pictures of it. A new page is one
`Entry` in the file of its face; a new situation is a function in `scenes.py`.
"""

from typing import Final

from tests.gallery.driver import DRIVER
from tests.gallery.entry import Entry
from tests.gallery.messages import MESSAGES
from tests.gallery.own_data import OWN_DATA
from tests.gallery.patient import PATIENT
from tests.gallery.public import PUBLIC
from tests.gallery.staff import STAFF
from tests.gallery.staff_achievement import STAFF_ACHIEVEMENT
from tests.gallery.staff_clinic import STAFF_CLINIC
from tests.gallery.staff_people import STAFF_PEOPLE
from tests.gallery.staff_protocols import STAFF_PROTOCOLS
from tests.gallery.staff_sending import STAFF_SENDING
from tests.gallery.staff_summary import STAFF_SUMMARY
from tests.gallery.staff_timeline import STAFF_TIMELINE
from tests.gallery.styleguide import STYLEGUIDE

GALLERY: Final[tuple[Entry, ...]] = (
    *PUBLIC,
    *PATIENT,
    *OWN_DATA,
    *MESSAGES,
    *DRIVER,
    *STAFF,
    *STAFF_ACHIEVEMENT,
    *STAFF_CLINIC,
    *STAFF_PEOPLE,
    *STAFF_PROTOCOLS,
    *STAFF_SENDING,
    *STAFF_SUMMARY,
    *STAFF_TIMELINE,
    *STYLEGUIDE,
)
