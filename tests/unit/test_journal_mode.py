"""SQLite before 3.51.3 can lose pages of a WAL that several processes write."""

import pytest

from recovery.store.database import journal_mode


@pytest.mark.parametrize(
    ("version", "mode"), [((3, 40, 1), "DELETE"), ((3, 51, 2), "DELETE"), ((3, 51, 3), "WAL")]
)
def test_wal_is_used_only_where_many_processes_may_write(
    version: tuple[int, ...], mode: str
) -> None:
    assert journal_mode(version) == mode
