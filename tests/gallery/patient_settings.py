"""The patient's own settings: language, notices, codes, signing out."""

import re
from functools import partial
from typing import Final

from recovery.config import ROOT
from recovery.domain.visit import VisitState
from recovery.web.install_ways import Way
from tests.builders import a_clinic, a_patient, a_protocol_version
from tests.gallery.entry import Entry, Situation, situation
from tests.gallery.scenes import booked, of_the_patient

#: What the component that asks for notices may come to say; a new stage is in the gallery at once.
STAGES: Final = tuple(
    dict.fromkeys(
        re.findall(
            r'data-when="([\w-]+)"',
            (ROOT / "templates" / "components" / "push.html").read_text(encoding="utf-8"),
        )
    )
)


#: Stages that a driver does not meet: of the test notice, and of who needs the Home Screen.
PATIENTS_STAGES: Final = frozenset({"waiting", "arrived", "late", "private", "old"})


def _no_visit(**changes: object) -> Situation:
    clinic = a_clinic()
    a_protocol_version(clinic)
    return situation(a_patient(clinic, **changes))


NO_VISIT: Final = partial(_no_visit)
FIRST_TIME: Final = partial(_no_visit, settled_at=None)
COMING: Final = of_the_patient(booked)
WAITING: Final = of_the_patient(booked, VisitState.DISCHARGED)

SETTINGS: Final[tuple[Entry, ...]] = (
    Entry("patient-no-visit", NO_VISIT, "/me"),
    Entry("patient-help-without-visit", NO_VISIT, "/me/help"),
    Entry("patient-settle-first-time", FIRST_TIME, "/me"),
    Entry("patient-settle", COMING, "/me/settle"),
    Entry("patient-settle-while-waiting", WAITING, "/me/settle"),
    Entry(
        "patient-settle-errors",
        COMING,
        "/me/settle",
        sends={"language": "", "wording": ""},
        to="/me/settle",
        status=422,
    ),
    *(
        Entry(f"patient-notices-{stage}", COMING, "/me/notices/allow", shows=f"[data-when={stage}]")
        for stage in STAGES
    ),
    Entry("patient-install-unknown", COMING, "/me/install"),
    *(Entry(f"patient-install-{way}", COMING, f"/me/install?way={way}") for way in Way),
    Entry("patient-install-code", COMING, f"/me/install?way={Way.IPHONE_SAFARI}", sends={}),
    Entry("patient-install-offered", COMING, "/me/install", shows="[data-install-offer]"),
    Entry("patient-install-done", COMING, "/me/install", shows="[data-install-done]"),
    Entry("patient-code", COMING, "/me/code"),
    Entry("patient-code-made", COMING, "/me/code", sends={}),
    Entry("patient-leave", COMING, "/me/leave"),
    Entry("patient-leave-would-lose", COMING, "/me/leave", shows="[data-would-be-lost]"),
    Entry("patient-left", COMING, "/me/leave", sends={}, afresh=True),
    Entry("patient-not-found", COMING, "/me/nothing-here", status=404),
)
