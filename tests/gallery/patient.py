"""What a patient meets on the phone, from the welcome to the end of the wait."""

from typing import Final

from tests.gallery.entry import Entry
from tests.gallery.patient_after import AFTER
from tests.gallery.patient_before import BEFORE
from tests.gallery.patient_settings import SETTINGS

PATIENT: Final[tuple[Entry, ...]] = (*SETTINGS, *BEFORE, *AFTER)
