"""PostgreSQL's first server is lost and its standby takes over: nothing that was kept is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import settings_for
from tests.databases import migrate, postgres_server
from tests.faults.crew import Crew
from tests.faults.lost_database import all_that_was_kept_goes_on
from tests.faults.standby import Pair, pair_of
from tests.push_service import PushService

pytestmark = pytest.mark.kill


@pytest.fixture
def pair() -> Iterator[Pair]:
    with postgres_server() as first, pair_of(first) as both:
        yield both


@pytest.fixture
def database_url(pair: Pair, tmp_path: Path) -> str:
    url = pair.url(pair.first.create())
    migrate(settings_for(url, tmp_path))
    return url


def test_postgresql_failed_over_and_web_and_worker_go_on_with_all_that_was_kept(
    real_app: Flask, real_service: PushService, crew: Crew, pair: Pair
) -> None:
    all_that_was_kept_goes_on(crew, real_service, pair.handover())
