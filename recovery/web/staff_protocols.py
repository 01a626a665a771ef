"""The clinic's protocols: read, copied, changed by forms, compared, signed by name, published."""

from typing import Any, Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import BaseModel, ValidationError

from recovery import clock
from recovery.domain.protocol import Protocol
from recovery.domain.rights import Right
from recovery.services.facts import protocol_of
from recovery.services.protocol_drafts import (
    change,
    copy_version,
    discard,
    drafts_of,
    own_draft,
    publish,
    read,
    sentences_of,
    sign,
)
from recovery.services.protocols import all_versions, own_version
from recovery.services.refusals import NotFound, Refused
from recovery.services.unfinished import forget_unfinished
from recovery.store.protocol_drafts import ProtocolDraft
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, staff
from recovery.web.protocol_entry import change_list, fields_in, read_into
from recovery.web.protocol_fields import label_of, nodes_of, part_at, title_of
from recovery.web.staff_pages import staff_pages

pages = staff_pages("staff_protocols")
LONGEST_PATH: Final = 200


@pages.get("/protocols")
@open_to(Face.STAFF)
def index() -> str:
    """List the clinic's protocols, every version, and what is being written."""
    versions = [(version, protocol_of(version)) for version in all_versions(staff().clinic_id)]
    drafts = [(draft, read(draft)) for draft in drafts_of(staff())]
    return render_template("staff/protocols/index.html", versions=versions, drafts=drafts)


@pages.get("/protocols/<int:version_id>")
@open_to(Face.STAFF)
def show(version_id: int) -> str:
    """Show all rules of a version; `?part=` leads into one of them."""
    version = own_version(staff(), version_id)
    return _read_page(protocol_of(version), version=version)


@pages.post("/protocols/<int:version_id>/copy")
@open_to(Face.STAFF, Right.PROTOCOLS)
def copy(version_id: int) -> Response:
    """Begin a draft, or go on with the one there is."""
    return _to_draft(copy_version(staff(), version_id, clock.now()))


@pages.get("/drafts/<int:draft_id>")
@open_to(Face.STAFF)
def draft(draft_id: int) -> Response:
    """Show a draft; `?part=` leads to the fields of one part."""
    return _edit_page(own_draft(staff(), draft_id), {}, 200)


@pages.post("/drafts/<int:draft_id>")
@open_to(Face.STAFF, Right.PROTOCOLS)
def save(draft_id: int) -> Response:
    """Keep what was typed for one part; what is no protocol is said beside its field."""
    row = own_draft(staff(), draft_id)
    part, _path = _part(read(row))
    fields = list(fields_in(nodes_of(part, _path, read(row).languages)))
    errors: dict[str, str] = {}

    def edit(body: dict[str, Any]) -> None:
        errors.update(read_into(body, fields, request.form))
        if errors:
            raise Refused("Please check the fields below.")

    return _changed(row, edit, errors)


@pages.post("/drafts/<int:draft_id>/items")
@open_to(Face.STAFF, Right.PROTOCOLS)
def items(draft_id: int) -> Response:
    """Copy, remove or raise one item of a list."""
    row = own_draft(staff(), draft_id)
    path = request.form.get("item", "")[:LONGEST_PATH]
    if part_at(read(row), path) is None or not path.rpartition(".")[2].isdecimal():
        raise NotFound
    what = request.form.get("what", "")
    return _changed(row, lambda body: change_list(body, path, what), {})


@pages.post("/drafts/<int:draft_id>/sign")
@open_to(Face.STAFF, Right.SIGN)
def sign_off(draft_id: int) -> Response:
    """Let the signed-in clinician answer for every rule, by name."""
    row = own_draft(staff(), draft_id)
    title, read_all = request.form.get("title", "")[:200], request.form.get("read_all")
    try:
        if read_all != "yes":
            raise Refused("Please say that you have read every rule.", "read_all")
        return _to_draft(sign(staff(), row.id, _revision(), title, clock.now()))
    except Refused as refused:
        if not refused.field:
            raise
        forget_unfinished()
        return _edit_page(own_draft(staff(), draft_id), {refused.field: _(refused.sentence)}, 422)


@pages.post("/drafts/<int:draft_id>/publish")
@open_to(Face.STAFF, Right.PROTOCOLS)
def make_public(draft_id: int) -> Response:
    """Let visits that are booked from now on follow this draft."""
    version = publish(staff(), draft_id, _revision(), clock.now())
    return make_response(redirect(url_for("staff_protocols.show", version_id=version.id), 303))


@pages.post("/drafts/<int:draft_id>/discard")
@open_to(Face.STAFF, Right.PROTOCOLS)
def throw_away(draft_id: int) -> Response:
    """Throw a draft away."""
    discard(staff(), draft_id, _revision(), clock.now())
    return make_response(redirect(url_for("staff_protocols.index"), 303))


def _changed(row: ProtocolDraft, edit: Any, errors: dict[str, str]) -> Response:
    try:
        change(staff(), row.id, _revision(), edit, clock.now())
    except ValidationError as wrong:
        forget_unfinished()
        faults = sentences_of(wrong)
        errors |= {".".join(map(str, path)): sentence for path, sentence in faults}
        return _edit_page(own_draft(staff(), row.id), errors, 422)
    except Refused as refused:
        if not errors:
            raise refused
        forget_unfinished()
        return _edit_page(own_draft(staff(), row.id), errors, 422)
    return _to_draft(row, request.args.get("part", "")[:LONGEST_PATH])


def _revision() -> int:
    words = request.form.get("revision", "")
    return int(words) if words.isdecimal() and len(words) < 10 else 0


def _to_draft(row: ProtocolDraft, part: str = "") -> Response:
    address = url_for("staff_protocols.draft", draft_id=row.id, part=part or None)
    return make_response(redirect(address, 303))


def _part(protocol: Protocol) -> tuple[BaseModel, tuple[str | int, ...]]:
    found = part_at(protocol, request.args.get("part", "")[:LONGEST_PATH])
    if found is None:
        raise NotFound
    return found


def _frame(protocol: Protocol) -> dict[str, Any]:
    part, path = _part(protocol)
    nodes = nodes_of(part, path, protocol.languages)
    ways = [
        (".".join(map(str, path[:length])), title_of(found[0], label_of(path[:length])))
        for length in range(1, len(path) + 1)
        if (found := part_at(protocol, ".".join(map(str, path[:length])))) is not None
    ]
    return {"protocol": protocol, "part": part, "path": path, "nodes": nodes, "ways": ways}


def _read_page(protocol: Protocol, **more: Any) -> str:
    others = [row for row in all_versions(staff().clinic_id) if row.slug == protocol.id]
    return render_template("staff/protocols/show.html", others=others, **_frame(protocol), **more)


def _edit_page(row: ProtocolDraft, errors: dict[str, str], status: int) -> Response:
    frame = _frame(read(row))
    ids = {field.name: field.id for field in fields_in(frame["nodes"])}
    ids |= {name: name for name in ("title", "read_all")}
    page = render_template(
        "staff/protocols/draft.html",
        draft=row,
        errors=errors,
        summary=[(ids.get(name, "save"), sentence) for name, sentence in errors.items()],
        form=request.form,
        **frame,
    )
    return make_response(page, status)
