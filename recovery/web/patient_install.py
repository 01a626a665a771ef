"""The app on the patient's Home Screen: the way there, and the code that carries them into it."""

from flask import g, render_template, request

from recovery import clock, config
from recovery.services.codes import CODE_LIVES, make_code
from recovery.services.devices import device_state
from recovery.store.sign_ins import Face
from recovery.web.access import me, open_to, patient
from recovery.web.install_ways import Way, way_of
from recovery.web.patient_pages import dim_if_waiting, patient_pages

pages = patient_pages("patient_install", kept=True)


@pages.get("/install")
@open_to(Face.PATIENT)
def ways() -> str:
    """Show the way that this browser has, and lead to all others (`?way=`)."""
    g.not_kept = True
    return _page()


@pages.post("/install")
@open_to(Face.PATIENT)
def code() -> str:
    """Make a code and show it among the steps of the way that asked for it."""
    return _page(make_code(patient(), clock.now()))


def _page(made: str = "") -> str:
    asked = request.values.get("way", "")
    dim_if_waiting()
    return render_template(
        "patient/install.html",
        ways=list(Way),
        chosen=Way(asked) if asked in list(Way) else way_of(request.user_agent.string),
        code=made,
        until=clock.now() + CODE_LIVES,
        address=f"{config.current().public_url}/code",
        device=device_state(me().sign_in),
    )
