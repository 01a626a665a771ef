"""One visit as staff see it: where it stands, what is next, what is known."""

from datetime import datetime
from functools import partial
from typing import Any

from recovery.domain.discharge import asked_checks, stay_until
from recovery.domain.gate import Flag
from recovery.domain.in_the_chair import last_pressure_at, recheck_due
from recovery.domain.protocol.day import Measure
from recovery.domain.protocol.questions import FlagLevel
from recovery.domain.visit import GONE, IN_THE_CHAIR, NOT_HAPPENING, VisitFacts, VisitState
from recovery.domain.wait import wait_at
from recovery.services.alert_list import shown_alerts
from recovery.services.discharge import BEFORE_LEAVING, discharge_facts, still_missing
from recovery.services.series_moves import following, place_in_series
from recovery.services.start import UNDECIDABLE, gate_facts, gate_flags, left_to_ask
from recovery.services.undo import before
from recovery.services.visit_moves import facts_now
from recovery.services.vitals import measured
from recovery.store.visits import Visit
from recovery.web.sheet_words import sheet_cards
from recovery.web.staff_alert_words import alert_card
from recovery.web.staff_entry import typed
from recovery.web.staff_phone_words import phone_lines
from recovery.web.staff_ride_words import driving_card, ride_cards, to_call
from recovery.web.staff_vital_words import limit_hints, measured_lines
from recovery.web.staff_words import (
    MEASURES,
    STATES,
    WAITING,
    flag_words,
    need_words,
    protocol_name,
    said,
)


def visit_view(visit: Visit, now: datetime) -> dict[str, Any]:
    """Return all that the template of a visit's page shows."""
    known = facts_now(visit)
    state, rides = VisitState(visit.state), ride_cards(visit, known, now)
    view: dict[str, Any] = {
        "visit": visit,
        "state": state.value,
        "state_words": STATES[state],
        "protocol": known.protocol,
        "protocol_named": protocol_name(known.protocol, known.protocol.version),
        "unsigned_protocol": not known.protocol.is_signed,
        "rides": rides,
        "drives": driving_card(rides, known),
        "to_call": to_call(rides, known),
        "alerts": [alert_card(shown) for shown in shown_alerts(visit.clinic_id, visit.id)],
        "phones": phone_lines(visit.patient, now),
        "pickup": known.pickup_expected,
        "undo_to": None if state is VisitState.BOOKED else STATES[before(visit)][1],
        "place": place_in_series(visit),
        "following": [one.start_at for one in following(visit)],
        "over": state in NOT_HAPPENING,
        "here_now": state not in GONE | NOT_HAPPENING and state is not VisitState.BOOKED,
        "gone": state in GONE,
        "now": now,
        "said": said,
        "typed": partial(typed, zone=known.zone),
    }
    if state is VisitState.ARRIVED:
        view |= _gate(visit, known, now)
    if state in BEFORE_LEAVING:
        view |= _door(visit, known, now)
    if state in IN_THE_CHAIR:
        view |= _chair(visit, known)
    if state in GONE:
        view |= _wait(known, now) | {"sheets": sheet_cards(visit, known)}
    return view


def _gate(visit: Visit, known: VisitFacts, now: datetime) -> dict[str, Any]:
    facts = gate_facts(visit, known)
    found = gate_flags(visit, known, now)
    decided = frozenset(visit.decided_flags) - UNDECIDABLE
    rule = known.protocol.gate
    wanted = [*rule.required_vitals, *(limit.measure for limit in rule.vitals)]
    measures = list(dict.fromkeys([*wanted, Measure.SPO2]))
    return {
        "gate": facts,
        "measures": [(measure.value, MEASURES[measure]) for measure in measures],
        "limits": limit_hints(rule.vitals),
        "holds": [_flag(flag, decided) for flag in found if flag.level is FlagLevel.HOLD],
        "reviews": [_flag(flag, decided) for flag in found if flag.level is FlagLevel.REVIEW],
        "questions": left_to_ask(known),
        "driver_asked": known.protocol.driver.required and known.driver is not None,
    }


def _flag(flag: Flag, decided: frozenset[str]) -> dict[str, Any]:
    return {
        "id": flag.id,
        "words": flag_words(flag),
        "decided": flag.id in decided,
        "decidable": flag.id not in UNDECIDABLE,
    }


def _chair(visit: Visit, known: VisitFacts) -> dict[str, Any]:
    taken = measured([visit.id])[visit.id]
    return {
        "recheck_at": recheck_due(known, last_pressure_at(taken)),
        "measured": measured_lines(known, taken),
        "limits": limit_hints(known.protocol.gate.vitals),
    }


def _door(visit: Visit, known: VisitFacts, now: datetime) -> dict[str, Any]:
    facts = discharge_facts(visit)
    rule = known.protocol.discharge
    return {
        "rule": rule,
        "readings": [(reading.at, reading.total(rule)) for reading in facts.readings],
        "checks": asked_checks(known),
        "checks_done": facts.checks,
        "spo2": facts.spo2,
        "missing": [need_words(need, known.protocol) for need in still_missing(visit, known, now)],
        "stay_until": stay_until(known),
        "needs_handover": known.protocol.driver.required and not facts.handed_over,
    }


def _wait(known: VisitFacts, now: datetime) -> dict[str, Any]:
    wait = wait_at(known, now)
    if wait is None:
        return {"wait": None}
    rule = known.protocol.wait
    minimum = known.orders.minimum or rule.minimum
    return {
        "wait": wait,
        "wait_reasons": [WAITING[reason] for reason in wait.reasons],
        "wait_hours": f"{minimum.total_seconds() / 3600:g}",
        "floor_hours": f"{rule.floor.total_seconds() / 3600:g}",
    }
