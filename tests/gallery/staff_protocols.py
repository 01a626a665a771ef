"""What staff meet of the clinic's protocols: read, written, rehearsed, compared."""

from typing import Final

from recovery.domain.rights import StaffRole
from recovery.services.protocol_drafts import Body, change, copy_version
from tests.builders import NOW, a_clinic, a_protocol_version, a_staff
from tests.gallery.entry import Entry, Situation, situation


def with_draft(role: StaffRole = StaffRole.PROVIDER) -> Situation:
    """A clinic with a protocol, and a draft of its next version."""
    clinic = a_clinic()
    version = a_protocol_version(clinic)
    draft = copy_version(a_staff(clinic, StaffRole.ADMIN), version.id, NOW)
    return situation(a_staff(clinic, role), version=version.id, draft=draft.id)


def with_changes() -> Situation:
    """The draft has other words and another time than the version it was copied from."""
    clinic = a_clinic()
    version = a_protocol_version(clinic)
    admin = a_staff(clinic, StaffRole.ADMIN)
    draft = copy_version(admin, version.id, NOW)

    def edit(body: Body) -> None:
        body["wait"]["minimum"] = "PT36H"
        body["title"]["en"] = "Ketamine infusion, adults, long wait"

    change(admin, draft.id, draft.revision, edit, NOW)
    return situation(a_staff(clinic, StaffRole.PROVIDER), version=version.id, draft=draft.id)


def looking_on() -> Situation:
    """A nurse, who reads but does not write."""
    return with_draft(StaffRole.NURSE)


VERSION, DRAFT = "/staff/protocols/{version}", "/staff/drafts/{draft}"
NIGHT: Final = "day=2026-03-07&at=10:00&zone=America/Denver"

STAFF_PROTOCOLS: Final[tuple[Entry, ...]] = (
    Entry("staff-protocols", with_draft, "/staff/protocols"),
    Entry("staff-protocol", with_draft, VERSION),
    Entry("staff-protocol-part", with_draft, f"{VERSION}?part=notices.3"),
    Entry("staff-draft", with_draft, DRAFT),
    Entry("staff-draft-part", with_draft, f"{DRAFT}?part=notices.3"),
    Entry("staff-draft-looking-on", looking_on, DRAFT),
    Entry(
        "staff-draft-errors",
        with_draft,
        f"{DRAFT}?part=ladder",
        sends={"ladder.safety": "soon"},
        status=422,
    ),
    Entry("staff-rehearsal", with_draft, f"{VERSION}/rehearsal?{NIGHT}"),
    Entry("staff-rehearsal-beside", with_draft, f"{DRAFT}/rehearsal?{NIGHT}&with={{version}}"),
    Entry("staff-compare", with_draft, f"{VERSION}/with/{{version}}"),
    Entry("staff-changed", with_changes, f"{DRAFT}/changed"),
)
