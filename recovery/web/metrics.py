"""/metrics: the load on the sender for Prometheus, guarded, counted from the database.

Numbers of the database are right however many processes there are; numbers that a process
counts for itself would not be.
"""

from collections.abc import Iterator, Mapping
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final, cast

from flask import Blueprint, Response, abort, current_app, make_response, request
from flask.blueprints import BlueprintSetupState
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from recovery import clock, config
from recovery.services.load import Load, Tally
from recovery.web.access import ANYONE, open_to

pages = Blueprint("metrics", __name__)
EXTENSION: Final = "recovery.tally"
#: What a proxy adds: then the request does not come from this machine, whatever the peer is.
FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@pages.record_once
def _keep_a_tally(state: BlueprintSetupState) -> None:
    state.app.extensions[EXTENSION] = Tally()


@pages.get("/metrics")
@open_to(ANYONE)
def metrics() -> Response:
    """Answer in Prometheus's text format, to whoever may know."""
    _judge()
    tally = cast(Tally, current_app.extensions[EXTENSION])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Found(tally.load(clock.now())))
    answer = make_response(generate_latest(registry))
    answer.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return answer


def _judge() -> None:
    """With a token in the settings only who has it; without one only development's own machine."""
    settings = config.current()
    if settings.metrics_token is not None:
        wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
        given = request.headers.get("Authorization", "")
        if not compare_digest(given.encode(), wanted.encode()):
            refusal = make_response("A token is needed.\n", 401)
            refusal.headers["Content-Type"] = "text/plain; charset=utf-8"
            refusal.headers["WWW-Authenticate"] = "Bearer"
            abort(refusal)
    elif settings.environment == "production" or not _from_this_machine():
        abort(404)


def _from_this_machine() -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class _Found(Collector):
    """What was found, in Prometheus's words."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def collect(self) -> Iterator[Metric]:
        """Give each number its name, its meaning and its unit."""
        yield from self._waiting()
        yield _counter("homeward_attempts", "Tries to send.", "outcome", self._load.attempts)
        yield _counter("homeward_receipts", "Proofs by phones.", "kind", self._load.receipts)
        alerts = GaugeMetricFamily("homeward_alerts_open", "Not resolved yet.", labels=["level"])
        for level in ("alert", "task"):
            alerts.add_metric([level], self._load.alerts.get(level, 0))
        yield alerts
        alive = "Whether a worker gave a sign of life within a minute."
        yield GaugeMetricFamily("homeward_worker_alive", alive, value=self._load.worker_alive)
        if self._load.beat_age is not None:
            age = self._load.beat_age.total_seconds()
            words = "Since the last sign of life of any worker."
            yield GaugeMetricFamily("homeward_worker_beat_age_seconds", words, value=age)
        words = "Clinics for which nothing is sent before a person has looked."
        yield GaugeMetricFamily("homeward_clinics_paused", words, value=self._load.paused)
        off = self._load.clock_off.total_seconds()
        words = "What contradicts our clock most: a jump, the database, push services; 0 = nothing."
        yield GaugeMetricFamily("homeward_clock_off_seconds", words, value=off)

    def _waiting(self) -> Iterator[Metric]:
        labels = ["safety", "channel"]
        words = "Due and not accepted yet by the channel that it waits for."
        due = GaugeMetricFamily("homeward_notices_due", words, labels=labels)
        words = "The same, for more than a minute."
        late = GaugeMetricFamily("homeward_notices_late", words, labels=labels)
        words = "How long the oldest of them has been due; 0 = none is."
        oldest = GaugeMetricFamily("homeward_oldest_due_notice_age_seconds", words, labels=labels)
        for (safety, channel), found in self._load.waiting.items():
            label = ["yes" if safety else "no", channel]
            due.add_metric(label, found.due)
            late.add_metric(label, found.late)
            oldest.add_metric(label, found.oldest.total_seconds())
        yield from (due, late, oldest)


def _counter(
    name: str, meaning: str, second: str, counts: Mapping[tuple[str, str], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, meaning, labels=["channel", second])
    for (channel, word), number in sorted(counts.items()):
        family.add_metric([channel, word or "unknown"], number)
    return family
