"""Protocols read from YAML; a bad file gets the line, the field and a plain sentence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from recovery.domain.protocol import Protocol
from recovery.store.yaml_lines import YamlFault, YamlTree

SHIPPED = Path(__file__).parent.parent / "protocols"

_SENTENCES: Mapping[str, str] = {
    "extra_forbidden": "The format does not know this word.",
    "missing": "This field is missing.",
    "string_type": "This must be text; put quotes around it.",
    "string_too_short": "This text is empty.",
    "string_pattern_mismatch": "Use small letters, digits and “-”, beginning with a letter.",
    "time_delta_parsing": "This is not a duration; write it like PT90M, PT6H or P7D.",
    "time_delta_type": "This is not a duration; write it like PT90M, PT6H or P7D.",
    "time_parsing": "This is not a clock time; write it like “08:30”.",
    "time_type": "This is not a clock time; write it like “08:30”.",
    "date_parsing": "This is not a date; write it like 2026-11-30.",
    "date_from_datetime_parsing": "This is not a date; write it like 2026-11-30.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "float_type": "This must be a number.",
    "tuple_type": "This must be a list.",
    "dict_type": "This must have one entry for each name.",
    "model_type": "This must have fields of its own.",
    "model_attributes_type": "This must have fields of its own.",
    "too_short": "This list is too short.",
}


class ProtocolFileError(ValueError):
    """A protocol file that cannot be used.

    The message has one line a fault: file name, line, path of the field, one sentence.
    """

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def load_protocol(path: Path) -> Protocol:
    """Return the protocol in the file at `path`, or raise `ProtocolFileError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise ProtocolFileError([f"{path.name}: The file is not UTF-8 text."]) from fault
    return load_protocol_text(text, path.name)


def load_protocol_text(text: str, name: str) -> Protocol:
    """Return the protocol written in `text`; `name` is what its faults are reported under.

    Values go through strict JSON rules: a bare number is never taken for a duration or
    a clock time, and text is never taken for a number.
    """
    try:
        tree = YamlTree(text)
    except YamlFault as fault:
        raise ProtocolFileError([_fault(name, fault.line, fault.path, fault.sentence)]) from fault
    try:
        return Protocol.model_validate_json(json.dumps(tree.value), strict=True)
    except ValidationError as errors:
        faults = [_explained(name, tree, error) for error in errors.errors()]
        raise ProtocolFileError(faults) from errors


def shipped_protocols() -> dict[str, Protocol]:
    """Return the protocols that come with the program, by id; none is signed."""
    found = (load_protocol(path) for path in sorted(SHIPPED.glob("*.yaml")))
    return {protocol.id: protocol for protocol in found}


def _explained(name: str, tree: YamlTree, error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    path = (*error["loc"], *context.get("path", ()))
    if error["type"] == "enum":
        sentence = f"This must be one of {context['expected']}."
    elif error["type"] == "value_error":
        sentence = str(context["error"])
    else:
        sentence = _SENTENCES.get(error["type"], f"{error['msg']}.".replace("..", "."))
    return _fault(name, tree.line(path), path, sentence)


def _fault(name: str, line: int, path: tuple[str | int, ...], sentence: str) -> str:
    field = ".".join(str(part) for part in path) or "(the whole file)"
    return f"{name}, line {line}, {field}: {sentence}"
