"""/healthz: tells machines whether the database answers and notices go out."""

from flask import Blueprint, Response, jsonify, make_response
from sqlalchemy.exc import SQLAlchemyError

from recovery import clock
from recovery.delivery.keys import KEY_SHOWN
from recovery.services.health import health
from recovery.store.database import db
from recovery.web.access import ANYONE, open_to
from recovery.web.patient_pages import push_key
from recovery.web.times import iso

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@open_to(ANYONE)
def healthz() -> Response:
    """200 when all is well; 503 when no worker beat within 60 s or the database is away.

    `key` tells the operator's commands that it is this very installation that answers.
    """
    try:
        found = health(clock.now())
    except SQLAlchemyError:
        db.session.rollback()
        return make_response(jsonify(ok=False, database=False, worker=False), 503)
    body = jsonify(
        ok=found.worker_alive,
        key=push_key()[:KEY_SHOWN],
        database=True,
        worker=found.worker_alive,
        last_beat=iso(found.last_beat) if found.last_beat else None,
        overdue=found.overdue,
        paused=found.paused,
        clock_off=round(found.clock_off.total_seconds()),
    )
    return make_response(body, 200 if found.worker_alive else 503)
