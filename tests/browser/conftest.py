"""Browsers live as long as the test run; servers and push services one test each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.firefox import Firefox
from tests.browser.live import LiveServer, WsgiApp
from tests.push_service import PushService

ARTEFACTS = Path(__file__).parents[1] / "artefacts"


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder in which pictures of pages are kept after the run."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS


@pytest.fixture
def live_server() -> Iterator[Callable[[WsgiApp], LiveServer]]:
    """Call it with an app to have it served until the test ends."""
    running: list[LiveServer] = []

    def serve(app: WsgiApp) -> LiveServer:
        running.append(LiveServer(app))
        return running[-1]

    yield serve
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def push_service() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture(autouse=True)
def _no_fault_outlives_its_test(push_service: PushService) -> Iterator[None]:
    yield
    push_service.faults.clear()


@pytest.fixture(scope="session")
def firefox_of(
    push_service: PushService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Firefox]]:
    """Call it with a name ("patient", "driver") for that person's Firefox, always the same."""
    running: dict[str, Firefox] = {}

    def open_for(who: str) -> Firefox:
        if who not in running:
            profile = tmp_path_factory.mktemp(f"firefox-{who}")
            running[who] = Firefox(profile, push_service.websocket_url).start()
        return running[who]

    yield open_for
    for browser in running.values():
        browser.close()


@pytest.fixture(scope="session")
def firefox(firefox_of: Callable[[str], Firefox]) -> Firefox:
    return firefox_of("patient")
