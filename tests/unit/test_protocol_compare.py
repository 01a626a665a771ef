"""What two versions of a protocol say differently."""

from datetime import timedelta

from recovery.domain.protocol.compare import differences
from tests.builders_protocol import ketamine


def test_the_same_rules_differ_in_nothing() -> None:
    assert differences(ketamine(), ketamine().model_copy(update={"version": 9})) == []


def test_a_changed_number_is_named_with_both_values() -> None:
    wait = ketamine().wait.model_copy(update={"minimum": timedelta(hours=36)})
    (found,) = differences(ketamine(), ketamine().model_copy(update={"wait": wait}))
    assert found.path == ("wait", "minimum")
    assert (found.before, found.after) == ("P1D", "P1DT12H")


def test_a_notice_that_is_new_stands_alone_and_shifts_nothing() -> None:
    first, *rest = ketamine().notices
    new = first.model_copy(update={"id": "brand-new"})
    changed = ketamine().model_copy(update={"notices": (new, first, *rest)})
    (found,) = differences(ketamine(), changed)
    assert found.path == ("notices", "brand-new")
    assert found.before is None
