"""Notices a second, from the due row to the recorded outcome, ours beside a plain loop.

The yardstick is what most projects begin with: a loop over the due rows that calls
`pywebpush.webpush` and commits after each. Both send the same payloads to the same push service,
which runs in a process of its own and reads nothing.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AnyHttpUrl
from pywebpush import webpush
from sqlalchemy import select
from sqlalchemy.orm import Session
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys
from webpush.vapid import VAPID

from recovery.clock import system_now
from recovery.config import current
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.message import PushMessage, Subscription
from recovery.delivery.outcome import Sent
from recovery.delivery.push import PushSender
from recovery.delivery.seal import Sealer
from recovery.services.planning import TEST
from recovery.store.database import db
from recovery.store.devices import Device
from recovery.store.notices import Notice
from recovery.worker.lanes import THREADS
from tests.bench import crowds
from tests.bench.costs import Measured, Watch
from tests.builders import a_clinic, a_patient, a_protocol_version, a_visit
from tests.databases import Postgres
from tests.notices import HOUR, a_device, notice_row
from tests.push_service.seal import base64url

#: So many by the plain loop: it is slow.
PLAIN: Final = 600


class PaperPhone:
    """A subscription that nobody listens at: an address at the bench's service, true keys."""

    def __init__(self, origin: str, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        self.endpoint = f"{origin}/wpush/v2/{name}"
        self.p256dh = base64url(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self.auth = base64url(bytes(16))


@contextmanager
def quick_service() -> Iterator[str]:
    """A push service that accepts anything unread; gives its origin."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.push_service"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


def fill(origin: str, people: int, each: int) -> None:
    """Make patients with a phone each, and notices that are due now."""
    now, clinic = system_now(), a_clinic()
    version = a_protocol_version(clinic)
    for number in range(people):
        patient = a_patient(clinic)
        visit = a_visit(patient, version, start_at=now + HOUR)
        a_device(patient, PaperPhone(origin, f"phone-{number}"), now)  # type: ignore[arg-type]
        window = {"due_at": now, "next_at": now, "not_after": now + HOUR, "created_at": now}
        db.session.add_all(
            notice_row(visit, TEST, f"{number}/{turn}", **window) for turn in range(each)
        )
        db.session.commit()


def plain_loop(postgres: Postgres | None) -> Measured:
    """The yardstick, with the first notices."""
    crowds.owe_anew(system_now() - timedelta(seconds=1), timedelta())
    key = current().vapid_private_key.get_secret_value()
    with Session(db.engine, expire_on_commit=False) as session:
        rows = session.scalars(
            select(Notice).where(Notice.state == "owed").order_by(Notice.id).limit(PLAIN)
        ).all()
        devices = {device.owner_id: device for device in session.scalars(select(Device))}
        watch = Watch("the loop", postgres)
        for row in rows:
            device = devices[row.recipient_id]
            answer = webpush(
                {
                    "endpoint": device.endpoint,
                    "keys": {"p256dh": device.p256dh, "auth": device.auth},
                },
                payload(row.id).decode(),
                vapid_private_key=key,
                vapid_claims={"sub": "mailto:ops@homeward.example"},
                ttl=600,
            )
            assert not isinstance(answer, str)
            assert answer.status_code == 201
            row.state, row.sent_at = "sent", system_now()
            session.commit()
        return watch.stop(len(rows))


def sealing(count: int) -> float:
    """Messages sealed in a second of a processor, by one thread, without any network."""
    phone, sealer = PaperPhone("http://127.0.0.1", "alone"), Sealer()
    subscription = Subscription(phone.endpoint, phone.p256dh, phone.auth)
    began = time.thread_time()
    for number in range(count):
        sealer.seal(payload(number), subscription)
    return count / (time.thread_time() - began)


def encrypting(count: int) -> float:
    """The same by the package's own encryption alone: the yardstick of `sealing`."""
    phone = PaperPhone("http://127.0.0.1", "alone")
    private, public, _ = VAPID.generate_keys()
    package = WebPush(private, public, subscriber="unused")
    keys = WebPushKeys(p256dh=phone.p256dh, auth=phone.auth)
    subscription = WebPushSubscription(endpoint=AnyHttpUrl(phone.endpoint), keys=keys)
    began = time.thread_time()
    for number in range(count):
        package._encrypt(payload(number), subscription)
    return count / (time.thread_time() - began)


def sealing_and_posting(origin: str, count: int) -> Measured:
    """Messages sealed and posted by as many threads as a worker has, no database; the connections
    are open by then."""
    vapid = Vapid(load_key(current().vapid_private_key.get_secret_value()), "mailto:it@clinic.org")
    sender = PushSender(vapid, AllowedHosts(loopback=True, public=False), connections=THREADS)
    phone = PaperPhone(origin, "alone")
    subscription = Subscription(phone.endpoint, phone.p256dh, phone.auth)

    def send(number: int) -> bool:
        message = PushMessage(subscription, payload(number), ttl=600)
        return isinstance(sender.send(message, system_now()), Sent)

    with ThreadPoolExecutor(THREADS) as threads:
        assert all(threads.map(send, range(count // 4)))
        watch = Watch("sealing and posting")
        assert all(threads.map(send, range(count)))
        measured = watch.stop(count)
    sender.close()
    return measured


def payload(number: int) -> bytes:
    """About as many bytes as a real notice has."""
    notification = {
        "title": "Rest now",
        "body": "Lie down with somebody near. Do not drive before 9:30 AM on Tuesday.",
        "navigate": f"http://localhost:8000/me/notices/{number}",
        "lang": "en",
        "tag": "0" * 32,
        "data": {"receipt": "/receipts/" + "0" * 43, "not_after": 1_700_000_000_000},
    }
    return json.dumps({"web_push": 8030, "notification": notification, "mutable": True}).encode()
