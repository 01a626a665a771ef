"""As much of protocol buffers as Google's push client needs: numbers, strings, messages."""

import struct
from collections.abc import Iterable

Value = int | str | bytes


def varint(number: int) -> bytes:
    """Encode a whole number ≥ 0, seven bits a byte, lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def fixed64(tag: int, number: int) -> bytes:
    return varint(tag << 3 | 1) + struct.pack("<Q", number)


def encode(fields: Iterable[tuple[int, Value]]) -> bytes:
    """Encode (tag, value) pairs: int as varint, str and bytes with their length."""
    out = b""
    for tag, value in fields:
        if isinstance(value, int):
            out += varint(tag << 3) + varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            out += varint(tag << 3 | 2) + varint(len(raw)) + raw
    return out


def decode(raw: bytes) -> dict[int, int | bytes]:
    """Give each tag's last value: int for numbers, bytes for all that has a length."""
    fields: dict[int, int | bytes] = {}
    at = 0
    while at < len(raw):
        head, at = _read_varint(raw, at)
        kind = head & 7
        if kind == 0:
            fields[head >> 3], at = _read_varint(raw, at)
        elif kind == 2:
            length, at = _read_varint(raw, at)
            fields[head >> 3] = raw[at : at + length]
            at += length
        else:
            width = 8 if kind == 1 else 4
            fields[head >> 3] = int.from_bytes(raw[at : at + width], "little")
            at += width
    return fields


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = raw[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
