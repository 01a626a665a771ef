"""“Your data” on the patient's phone: who has looked, a copy, who is told, the account's end."""

from flask import Response, g, make_response, render_template, session, url_for

from recovery import clock
from recovery.services.account_end import end_account, why_not_yet
from recovery.services.audit import Actor
from recovery.services.looking import looks_at
from recovery.services.own_data import all_of
from recovery.services.reading import standing_of
from recovery.services.rides import told_of
from recovery.store.sign_ins import Face
from recovery.web.access import open_to, patient, take_cookie_back
from recovery.web.own_data_words import as_file, look_words, record_on_paper, told
from recovery.web.paper import bar_to
from recovery.web.patient_driver import LINKS
from recovery.web.patient_pages import dim_if_waiting, patient_pages

pages = patient_pages("patient_data")
#: How many looks the phone shows; the printed page has all.
FEW = 10


@pages.get("/data")
@open_to(Face.PATIENT)
def show() -> str:
    """Show who has looked, who is told, and what the patient may do about it."""
    g.not_kept = True
    dim_if_waiting()
    return render_template(
        "patient/data/show.html",
        looks=[(look_words(look), look.at) for look in looks_at(patient())[:FEW]],
        keep_days=patient().clinic.keep_days,
        people=[told(ride) for ride in told_of(patient().id)],
    )


@pages.get("/data/all")
@open_to(Face.PATIENT)
def read_all() -> str:
    """Show all that is kept, to read and to print."""
    bar = bar_to(url_for("patient_data.show"))
    return render_template("paper/record.html", bar=bar, **record_on_paper(patient(), clock.now()))


@pages.post("/data/file")
@open_to(Face.PATIENT)
def save() -> Response:
    """Hand out all that is kept as a file."""
    me = patient()
    return as_file(all_of(me, Actor("patient", me.id), clock.now()), me.id)


@pages.get("/data/end")
@open_to(Face.PATIENT)
def ask_to_end() -> str:
    """Say what the end of the account means, or why it cannot be now."""
    g.not_kept = True
    dim_if_waiting()
    return _ending()


@pages.post("/data/end")
@open_to(Face.PATIENT)
def finish() -> Response:
    """End the account: this phone is signed out, and it keeps none of the pages."""
    if why_not_yet(patient(), clock.now()) is not None:
        dim_if_waiting()
        return make_response(_ending(), 409)
    end_account(patient().id, patient().clinic_id, Actor("patient", patient().id), clock.now())
    session.pop(LINKS, None)
    return take_cookie_back(make_response(render_template("patient/data/ended.html")), Face.PATIENT)


def _ending() -> str:
    now = clock.now()
    upcoming = standing_of(patient(), now).upcoming
    return render_template(
        "patient/data/end.html", not_yet=why_not_yet(patient(), now), upcoming=upcoming
    )
