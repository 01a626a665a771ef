"""Who at a clinic may do what: one table, asked by every staff page."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class StaffRole(StrEnum):
    """What a staff person does here."""

    FRONT_DESK = "front-desk"
    NURSE = "nurse"
    PROVIDER = "provider"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing that a role may do.

    SEE: the day, visits, patients, notices. ANSWER: take and resolve alerts. BOOK: patients,
    visits, welcome links. RECEIVE: arrivals. STOP: all notices to a person. TREAT: from the
    start gate to the handover. DECIDE: what only a clinician decides. EXPORT: take data out.
    DATA: end a patient's account at their wish, erase. PEOPLE: who works here. CLINIC: its
    numbers, hours and sending. PROTOCOLS: write them. SIGN: vouch for them by name.
    """

    SEE = "see"
    ANSWER = "answer"
    BOOK = "book"
    RECEIVE = "receive"
    STOP = "stop"
    TREAT = "treat"
    DECIDE = "decide"
    EXPORT = "export"
    DATA = "data"
    PEOPLE = "people"
    CLINIC = "clinic"
    PROTOCOLS = "protocols"
    SIGN = "sign"


_R = Right
_DESK: Final = frozenset({_R.SEE, _R.ANSWER, _R.BOOK, _R.RECEIVE, _R.STOP})
_NURSE: Final = _DESK | {_R.TREAT}

RIGHTS: Final[Mapping[StaffRole, frozenset[Right]]] = {
    StaffRole.FRONT_DESK: _DESK,
    StaffRole.NURSE: _NURSE,
    StaffRole.PROVIDER: _NURSE | {_R.DECIDE, _R.EXPORT, _R.DATA, _R.PROTOCOLS, _R.SIGN},
    StaffRole.ADMIN: _DESK | {_R.EXPORT, _R.DATA, _R.PEOPLE, _R.CLINIC, _R.PROTOCOLS},
}


def may(role: StaffRole, right: Right) -> bool:
    """Whether somebody of this role may do this."""
    return right in RIGHTS[role]
