"""What the operator's check-up says: one plain line for each thing that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is. LOOK: it works, and somebody should know. FAULT: people are let down."""

    OK = "ok"
    LOOK = "look"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check-up."""

    about: str
    verdict: Verdict
    says: str


def fine(about: str, says: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(about, Verdict.OK, says)


def look(about: str, says: str) -> Finding:
    """Say that somebody should look at something."""
    return Finding(about, Verdict.LOOK, says)


def fault(about: str, says: str) -> Finding:
    """Say that something lets people down, and what to do."""
    return Finding(about, Verdict.FAULT, says)


def any_fault(findings: Iterable[Finding]) -> bool:
    """Whether something lets people down."""
    return any(finding.verdict is Verdict.FAULT for finding in findings)
