"""Clinics differ. Each rule found in practice can be said in a protocol, without code."""

from typing import Any

import pytest

from recovery.domain.protocol import Protocol
from tests.builders_protocol import changed, ketamine

SOLID, CLEAR = "gate.fasting.solid.before", "gate.fasting.clear.before"
STIMULANT = "preparation.medicines.stimulant"
BENZODIAZEPINE = "preparation.medicines.benzodiazepine"
LAMOTRIGINE = "preparation.medicines.lamotrigine"
ALCOHOL, CANNABIS = "preparation.medicines.alcohol", "preparation.medicines.cannabis"
GLP_DAILY, GLP_WEEKLY = "preparation.medicines.glp-1-daily", "preparation.medicines.glp-1-weekly"

LUNCH = {"en": "Breakfast yes, little lunch", "es": "Desayuno sí, poco almuerzo"}
TRAIN = {"en": "Bus or train, no car", "es": "Autobús o tren, no en auto"}
CLEAR_DIET = {"en": "Only clear drinks today", "es": "Hoy solo bebidas claras"}
BRAKE = {"en": "No machines", "es": "Nada de máquinas"}


def medicine(path: str, advice: str, before: str | None = None, **more: Any) -> dict[str, Any]:
    """How long before the visit a medicine matters, and what sources say of it."""
    said = {f"{path}.advice": advice, f"{path}.before": before}
    return said | {f"{path}.{name}": value for name, value in more.items()}


def wait(minimum: str, next_day_at: str | None = None, *, sleep: bool = False) -> dict[str, Any]:
    """No driving for `minimum` and until a clock time on the next day, with or without sleep."""
    return {
        "wait.minimum": minimum,
        "wait.floor": "PT0S",
        "wait.next_day_at": next_day_at,
        "wait.sleep_required": sleep,
    }


def pressure(systolic: int, diastolic: int) -> dict[str, Any]:
    """Do not start at or above these pressures."""
    return {"gate.vitals.0.at_or_above": systolic, "gate.vitals.1.at_or_above": diastolic}


def reading_step(when: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """Turn the first step into one that says `words` at `when`."""
    step = "preparation.steps.read"
    return {f"{step}.when": when, f"{step}.title": words, f"{step}.body": words}


FOUND_IN_PRACTICE: dict[str, dict[str, Any]] = {
    "monitoring form: two doses and dissociation only": {
        "monitoring_form.doses": [56, 84],
        "monitoring_form.effects": ["dissociation"],
    },
    "on call: told once": {"on_call.pages": 1},
    "on call: every five minutes, half an hour": {"on_call.again": "PT5M", "on_call.pages": 6},
    "solids: 2 h": {SOLID: "PT2H"},
    "solids: 3 h, light snacks allowed": {SOLID: "PT3H", "gate.fasting.solid.flag": "review"},
    "solids: 4 h": {SOLID: "PT4H"},
    "solids: 6 h, and 8 h after a fatty meal": {SOLID: "PT6H", "gate.fasting.heavy.before": "PT8H"},
    "solids: breakfast yes, little lunch": {"gate.fasting": []}
    | reading_step({"after": "visit", "days": 0, "at": "08:00:00"}, LUNCH),
    "clear liquids: 30 min": {CLEAR: "PT30M"},
    "clear liquids: 2 h": {CLEAR: "PT2H"},
    "clear liquids: 4 h": {CLEAR: "PT4H"},
    "stimulants: skip that morning": medicine(
        STIMULANT, "hold-if-ordered", "PT0S", counted_in="days"
    ),
    "stimulants: day before and day": medicine(
        STIMULANT, "hold-if-ordered", "P1D", counted_in="days"
    ),
    "stimulants: 6 h": medicine(STIMULANT, "hold-if-ordered", "PT6H"),
    "stimulants: 24 h before and after": medicine(STIMULANT, "hold-if-ordered", "P1D", after="P1D"),
    "stimulants: take as usual": medicine(STIMULANT, "take-as-usual", flag=None),
    "stimulants: ask, flag, the clinician decides": medicine(
        STIMULANT, "ask-clinician", flag="review"
    ),
    "benzodiazepines: 6 h before and 2 h after": medicine(
        BENZODIAZEPINE, "ask-clinician", "PT6H", after="PT2H"
    ),
    "benzodiazepines: 12 h": medicine(BENZODIAZEPINE, "ask-clinician", "PT12H"),
    "benzodiazepines: 24–72 h": medicine(BENZODIAZEPINE, "ask-clinician", "P3D"),
    "benzodiazepines: never stop abruptly": medicine(BENZODIAZEPINE, "ask-clinician"),
    "lamotrigine: continue": medicine(LAMOTRIGINE, "take-as-usual", flag=None),
    "lamotrigine: hold 12 h": medicine(LAMOTRIGINE, "hold-if-ordered", "PT12H"),
    "lamotrigine: hold 24 h": medicine(LAMOTRIGINE, "hold-if-ordered", "P1D"),
    "lamotrigine: discuss": medicine(LAMOTRIGINE, "ask-clinician"),
    "alcohol: 12 h before, 24 h after": medicine(ALCOHOL, "ask-clinician", "PT12H", after="P1D"),
    "alcohol: 24 h before": medicine(ALCOHOL, "ask-clinician", "P1D"),
    "cannabis: 48 h before, 24 h after": medicine(CANNABIS, "ask-clinician", "P2D", after="P1D"),
    "opioid: not for at least 4 h after": {"preparation.medicines.opioid.after": "PT4H"},
    "benzodiazepine: not for at least 4 h after": {f"{BENZODIAZEPINE}.after": "PT4H"},
    "GLP-1, daily: hold the day": medicine(
        GLP_DAILY, "hold-if-ordered", "PT0S", counted_in="days", flag="review"
    ),
    "GLP-1, weekly: hold a week": medicine(
        GLP_WEEKLY, "hold-if-ordered", "P7D", counted_in="days", flag="review"
    ),
    "GLP-1: clear fluids the day before": reading_step(
        {"after": "visit", "days": -1, "at": "08:00:00"}, CLEAR_DIET
    ),
    "driver: stays on site all through": {"driver.stays_on_site": True},
    "driver: reachable by phone": {"driver.stays_on_site": False, "driver.reachable": True},
    "driver: rideshare alone not accepted": {"driver.rideshare_alone": False},
    "driver: rideshare alone accepted": {"driver.rideshare_alone": True},
    "driver: alone after 2 h with public transport": {
        "driver.alone_after": "PT2H",
        "driver.alone_by": TRAIN,
    },
    "driver: none = cancelled": {"driver.without": "cancel"},
    "driver: none = written exemption": {"driver.without": "exemption"},
    "driver: confirmed by staff by phone": {"driver.confirmed_by": ["staff-call"]},
    "driver: confirmed by either": {"driver.confirmed_by": ["own-link", "staff-call"]},
    "stay: 15 min": {"stay.minimum": "PT15M"},
    "stay: 20 min": {"stay.minimum": "PT20M"},
    "stay: 30 min": {"stay.minimum": "PT30M"},
    "stay: 60 min": {"stay.minimum": "PT1H"},
    "stay: 2 h from the dose": {"stay.after": "started", "stay.minimum": "PT2H"},
    "blood pressure: not above 140/90": pressure(140, 90),
    "blood pressure: not above 160/90": pressure(160, 90),
    "blood pressure: not above 160/100": pressure(160, 100),
    "blood pressure: re-check at 40 min": {"stay.recheck": "PT40M"},
    "no driving: 2 h": wait("PT2H"),
    "no driving: 12 h": wait("PT12H"),
    "no driving: rest of the day": wait("PT0S", "00:00:00"),
    "no driving: until next morning": wait("PT0S", "07:00:00"),
    "no driving: 24 h": wait("P1D"),
    "no driving: next day after a restful sleep": wait("PT0S", "06:00:00", sleep=True),
    "the wait also covers what the clinic names": {"wait.also_covers": [BRAKE]},
    "the wait also covers nothing else": {"wait.also_covers": []},
    "companion: 8–12 h": {"wait.companion_for": "PT12H"},
    "companion: overnight, until next morning": {
        "wait.companion_for": None,
        "wait.companion_overnight": True,
    },
}


def value_at(protocol: Protocol, path: str) -> Any:
    part: Any = protocol.model_dump(mode="json")
    for word in path.split("."):
        if isinstance(part, dict):
            part = part[word]
        elif word.isdigit():
            part = part[int(word)]
        else:
            part = next(item for item in part if item["id"] == word)
    return part


@pytest.mark.parametrize("rule", FOUND_IN_PRACTICE)
def test_a_rule_found_in_practice_can_be_said(rule: str) -> None:
    protocol = changed(ketamine(), FOUND_IN_PRACTICE[rule])
    for path, value in FOUND_IN_PRACTICE[rule].items():
        said = value_at(protocol, path)
        if isinstance(value, dict):
            said = {name: said[name] for name in value}
        assert said == value


def test_each_rule_can_differ_from_visit_kind_to_visit_kind_and_keep_its_source() -> None:
    ours = changed(ketamine(), {SOLID: "PT4H", "gate.fasting.solid.source": "Our anaesthetist"})
    assert ours.gate.fasting[1].source == "Our anaesthetist"
    assert ketamine().gate.fasting[1].source != "Our anaesthetist"
