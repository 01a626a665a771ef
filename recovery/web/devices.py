"""Where a browser says how push reaches it. Patients and drivers have the same three calls."""

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request
from flask_wtf.csrf import generate_csrf

from recovery import clock, config
from recovery.delivery.endpoints import AllowedHosts
from recovery.services.devices import (
    BLOCKED,
    NOT_WANTED,
    Subscribed,
    device_state,
    forget_device,
    keep_device,
)
from recovery.services.refusals import Refused, sentence
from recovery.store.sign_ins import Face
from recovery.web.access import ANYONE, me, open_to
from recovery.web.browser_names import browser_name
from recovery.web.patient_pages import push_key

pages = Blueprint("devices", __name__)
NO_SUBSCRIPTION = sentence("This is not a subscription.")


@pages.get("/form-token")
@open_to(ANYONE)
def form_token() -> Response:
    """Give a script of ours a fresh CSRF token; only our own origin can read the answer."""
    return jsonify({"token": generate_csrf()})


@pages.get("/devices/patient")
@open_to(Face.PATIENT)
def patient_device() -> Response:
    """Say what the server knows of this browser, to be compared on every page load."""
    return _state()


@pages.post("/devices/patient")
@open_to(Face.PATIENT)
def keep_patient_device() -> Response:
    """Remember this browser's subscription."""
    return _keep()


@pages.post("/devices/patient/forget")
@open_to(Face.PATIENT)
def forget_patient_device() -> Response:
    """Send nothing to this browser any more; `{"why": "blocked"}` if it no longer lets us."""
    return _forget()


@pages.get("/devices/driver")
@open_to(Face.DRIVER)
def driver_device() -> Response:
    """The same for whoever drives or stays with a patient."""
    return _state()


@pages.post("/devices/driver")
@open_to(Face.DRIVER)
def keep_driver_device() -> Response:
    """The same for whoever drives or stays with a patient."""
    return _keep()


@pages.post("/devices/driver/forget")
@open_to(Face.DRIVER)
def forget_driver_device() -> Response:
    """The same for whoever drives or stays with a patient."""
    return _forget()


def _state() -> Response:
    state = device_state(me().sign_in)
    known = {"key": state.key, "wanted": state.wanted, "if_held": state.if_held}
    return jsonify(known | {"server": push_key()})


def _keep() -> Response:
    device = keep_device(me().sign_in, _subscribed(), _allowed(), clock.now())
    return make_response(jsonify({"key": device.endpoint_hash}), 201)


def _forget() -> Response:
    body: Any = request.get_json()
    blocked = isinstance(body, dict) and body.get("why") == BLOCKED
    forget_device(me().sign_in, BLOCKED if blocked else NOT_WANTED, clock.now())
    return make_response("", 204)


def _subscribed() -> Subscribed:
    """Read what `PushSubscription.toJSON()` wrote, and which one was given up for it (`before`);
    our scripts subscribe under today's key."""
    body: Any = request.get_json()
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, dict):
        raise Refused(NO_SUBSCRIPTION, "endpoint")
    endpoint, p256dh, auth = body.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if isinstance(endpoint, str) and isinstance(p256dh, str) and isinstance(auth, str):
        label = browser_name(request.user_agent.string)
        before = body.get("before")
        given_up = before if isinstance(before, str) else ""
        return Subscribed(endpoint, p256dh, auth, push_key(), label, given_up)
    raise Refused(NO_SUBSCRIPTION, "endpoint")


def _allowed() -> AllowedHosts:
    settings = config.current()
    return AllowedHosts(
        extra=frozenset(settings.extra_push_hosts), loopback=settings.allow_loopback_push
    )
