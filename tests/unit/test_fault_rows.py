"""Every fault has tests, and every test that the table of faults names exists."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
TABLE = (TESTS / "faults" / "README.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if line.startswith("| ") and not line.startswith("| fault ")
]
NAMED = re.compile(r"`(\w+)::(\w+)`")


def found(file: str, words: str) -> list[str]:
    """The tests of `test_file.py` with these words in their names."""
    [path] = TESTS.rglob(f"test_{file}.py")
    names = re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for name in names if words in name]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_fault_names_tests_that_exist(row: list[str]) -> None:
    _fault, follows, tests = row
    assert follows
    named = NAMED.findall(tests)
    assert named
    assert {pair: len(found(*pair)) for pair in named} == dict.fromkeys(named, 1)


def test_every_file_of_faults_stands_in_the_table() -> None:
    told = {file for row in ROWS for file, _ in NAMED.findall(row[-1])}
    files = {path.stem.removeprefix("test_") for path in (TESTS / "faults").glob("test_*.py")}
    assert files <= told
