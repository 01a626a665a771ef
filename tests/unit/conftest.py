"""Rules are pure: a unit test that opens a database or a connection fails."""

import sys
from collections.abc import Iterator

import pytest

FORBIDDEN = {"sqlite3.connect", "socket.connect"}
watching = False


def _refuse(event: str, _args: tuple[object, ...]) -> None:
    if watching and event in FORBIDDEN:
        raise AssertionError(f"a unit test must not touch {event}")


sys.addaudithook(_refuse)


@pytest.fixture(autouse=True)
def _nothing_but_values() -> Iterator[None]:
    global watching
    watching = True
    yield
    watching = False
