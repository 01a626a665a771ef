"""Pages for whoever has not signed in, and what is read when something cannot be answered."""

from datetime import timedelta
from functools import partial
from typing import Final

from recovery.services.welcome import make_welcome_link
from recovery.store.database import db
from tests.builders import NOW, a_clinic, a_patient, a_staff
from tests.gallery.entry import Entry, Situation, nobody

#: Answers that no page of ours gives on demand; the house of the gallery adds a page for each.
FAILURES: Final = (400, 403, 409, 413, 415, 422, 429, 500, 503)
FAILING: Final = "/me/fails-with"


def invited(ended: bool = False) -> Situation:
    """Somebody whom the clinic sent a welcome link."""
    clinic = a_clinic()
    patient = a_patient(clinic, settled_at=None)
    token = make_welcome_link(a_staff(clinic), patient.id, NOW)
    if ended:
        patient.welcome_ends_at = NOW - timedelta(days=1)
        db.session.commit()
    return Situation({}, {"link": token})


PUBLIC: Final[tuple[Entry, ...]] = (
    Entry("public-welcome", invited, "/welcome/{link}"),
    Entry(
        "public-welcome-errors",
        invited,
        "/welcome/{link}",
        sends={"born": "1970-01-01"},
        to="/welcome/{link}",
        status=422,
    ),
    Entry("public-welcome-ended", partial(invited, ended=True), "/welcome/{link}", status=410),
    Entry("public-welcome-unknown", nobody, "/welcome/never-was", status=410),
    Entry("public-code", nobody, "/code"),
    Entry("public-code-errors", nobody, "/code", sends={"code": "ABCD"}, to="/code", status=422),
    Entry("public-offline", nobody, "/offline"),
    Entry("public-signed-out-patient", nobody, "/me", status=401),
    Entry("public-signed-out-driver", nobody, "/driver/", status=401),
    Entry("public-not-found", nobody, "/nothing-here", status=404),
    Entry("public-wrong-way", nobody, "/language", status=405),
    *(Entry(f"public-error-{n}", nobody, f"{FAILING}/{n}", status=n) for n in FAILURES),
)
