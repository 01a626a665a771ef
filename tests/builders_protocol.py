"""Protocols for tests: the shipped ones, read once, and variations of them."""

from functools import cache
from typing import Any

from recovery.domain.protocol import Protocol
from recovery.domain.protocol.questions import Choice, Meaning, Question
from recovery.store.protocol_files import SHIPPED, load_protocol

SHIPPED_IDS = ("esketamine-nasal", "ketamine-iv-adult")


@cache
def shipped(name: str) -> Protocol:
    """The shipped protocol with the id `name`, read once: that takes most of a second."""
    return load_protocol(SHIPPED / f"{name}.yaml")


def ketamine() -> Protocol:
    return shipped("ketamine-iv-adult")


def changed(protocol: Protocol, changes: dict[str, Any]) -> Protocol:
    """A variation: dotted path → new value, as a clinic would write it in its file.

    A list item is named by its place or by its id: `gate.fasting.solid.before`.
    """
    values = protocol.model_dump(mode="json")
    for path, value in changes.items():
        *way, last = path.split(".")
        part: Any = values
        for word in way:
            part = part[_place(part, word)]
        part[_place(part, last)] = value
    return Protocol.model_validate(values)


def _place(part: Any, word: str) -> Any:
    if isinstance(part, dict):
        return word
    if word.isdigit():
        return int(word)
    return next(place for place, item in enumerate(part) if item["id"] == word)


WELL = {Meaning.NO_SYMPTOM, Meaning.SLEPT}


def harmless(question: Question) -> str:
    """The choice of somebody who is well: it raises nothing."""

    def worry(choice: Choice) -> tuple[bool, ...]:
        unsure = choice.id in {"not-sure", "unsure"}
        bad = choice.means is not None and choice.means not in WELL
        return (choice.flag is not None, choice.red_flag is not None, bad, unsure)

    return min(question.choices, key=worry).id


SMALL = """\
id: small
version: 1
title: {en: Small, es: Pequeño}
languages: [en, es]
preparation:
  arrive_early: PT15M
  bring: []
  steps:
    - id: food
      kind: limit
      when: {after: visit, offset: -PT6H}
      source: A book
      title: {en: Last food, es: Última comida}
      body:
        en: Nothing to eat after {at}.
        es: No coma nada después de {at}.
      notice: false
driver:
  source: A book
  accept_by: PT72H
  task_at: PT24H
  asks: []
gate:
  source: A book
  required_vitals: []
  vitals: []
  fasting: []
stay:
  source: A book
  after: ended
  minimum: PT60M
  minimum_without_driver: PT2H
  infusion: PT40M
  usual: PT75M
  recheck: PT40M
  overdue_after: PT60M
discharge:
  source: A book
  items: []
  pass_at: 0
  readings: 1
  apart: PT20M
  checks: []
wait:
  source: A book
  minimum: PT24H
  floor: PT24H
  next_day_at: 06:00
  sleep_required: false
  sedative: PT24H
  remind_at_least_every: PT12H
  reminder: evening
  keep_asking: P2D
  symptoms: [dizziness]
  also_covers: []
notices:
  - id: evening
    when: {after: discharge, daily: true, at: 12:30}
    to: [patient]
    no_driving: true
    useful_for: PT3H
    source: A book
    title: {en: Good evening, es: Buenas noches}
    body: {en: Do not drive., es: No maneje.}
check_ins:
  - id: last
    title: {en: Last questions, es: Últimas preguntas}
    ends_wait: true
    questions:
      - id: dizzy
        text: {en: Dizzy?, es: ¿Mareo?}
        symptom: dizziness
        choices:
          - {id: no, text: {en: no, es: no}, means: no-symptom}
          - {id: yes, text: {en: yes, es: sí}, means: symptom, red_flag: fall}
red_flags:
  - id: fall
    button: {en: Fell, es: Se cayó}
    urgency: soon
    page: {en: We call you., es: Le llamamos.}
    source: A book
numbers:
  US:
    emergency: "911"
    crisis: "988"
    crisis_words: {en: Call 988., es: Llame al 988.}
quiet_hours: null
ladder: {source: A book, safety: PT12M, routine: PT8H}
merge_within: PT30M
"""
