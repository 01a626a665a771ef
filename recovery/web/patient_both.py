"""Two different answers under one key: neither is thrown away, both are shown."""

from collections.abc import Iterable, Mapping
from secrets import token_hex

from flask import Response, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _

from recovery.domain.protocol.questions import Question
from recovery.services.said_once import OtherWords
from recovery.web.patient_words import answer_pairs


def both(
    other: OtherWords, questions: Iterable[Question], now: Mapping[str, str], **form: str
) -> Response:
    """Answer 409 with what was sent before and what came now.

    The page offers to send the new answers too, under a new key, with `form`'s fields beside
    them. Scripts get what was sent before, for the list of what this phone still holds.
    """
    g.theme = "dim"
    questions = tuple(questions)
    before = answer_pairs(questions, other.before.body.get("answers", {}))
    if request.is_json:
        title, advice = _("Something changed in the meantime"), _(other.sentence)
        said = {"error": "409", "title": title, "advice": advice, "before": before}
        return make_response(jsonify(said), 409)
    page = render_template(
        "patient/both.html",
        before=before,
        before_at=other.before.said_at,
        now=answer_pairs(questions, now),
        fields={**now, **form, "key": token_hex(16)},
    )
    return make_response(page, 409)
