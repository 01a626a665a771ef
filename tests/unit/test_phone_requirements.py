"""Each of the 51 requirements of the phone has a test that is named after it."""

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
#: `test_phone_07_…`, or `test_phone_24_25_…` for a test that shows two at once.
NAMED = re.compile(r"def test_phone((?:_\d\d)+)_[a-z]")
REQUIREMENTS = range(1, 52)


def test_every_requirement_has_a_test_of_its_name() -> None:
    found = {
        int(number)
        for path in TESTS.rglob("test_*.py")
        for numbers in NAMED.findall(path.read_text(encoding="utf-8"))
        for number in numbers.split("_")
        if number
    }
    assert found == set(REQUIREMENTS)
