"""A worker whose e-mail goes to a real mail server and whose texts go to a stand-in for Twilio."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from recovery.config import EXTENSION
from recovery.delivery.carriers import Carriers
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.mail import MailSender
from recovery.delivery.push import PushSender
from recovery.delivery.return_path import ReturnPath
from recovery.delivery.twilio import HOST
from recovery.services.outlets import Outlets
from recovery.store.addresses import Address, Channel
from recovery.store.patients import Contact, Patient
from recovery.worker import Worker
from tests.authority import Authority
from tests.builders import NOW, saved
from tests.mail_server import Mailbox, MailService
from tests.notices import worker_with
from tests.twilio_service import ACCOUNT, SENDER, TOKEN, TwilioService

#: Where the tests' app is reached.
URL = "https://home.example.org"
BOTH = frozenset({Channel.EMAIL, Channel.TEXT})
#: Settings of an app whose pages know of both.
CHANNELS = {
    "twilio_account": ACCOUNT,
    "twilio_token": TOKEN,
    "twilio_from": SENDER,
    "mail_url": "smtp+plain://127.0.0.1:25",
    "mail_from": "notices@homeward.example",
}


@dataclass
class Outside:
    """The world beyond the worker: a mailbox, the text provider, and the worker itself."""

    worker: Worker
    box: Mailbox
    texts: TwilioService

    @property
    def links(self) -> list[str]:
        """The link of each text and e-mail that was taken, texts first."""
        bodies = [text["Body"] for text in self.texts.texts]
        bodies += [letter.get_content() for letter in self.box.taken]
        return [next(w for w in body.split() if w.startswith(f"{URL}/m/")) for body in bodies]


@contextmanager
def outside(
    app: Flask,
    folder: Path,
    channels: frozenset[Channel] = BOTH,
    returns: ReturnPath | None = None,
) -> Iterator[Outside]:
    """Run mail server, provider and worker; push goes where subscriptions lead."""
    authority = Authority(folder)
    settings: Any = app.extensions[EXTENSION]
    key = load_key(settings.vapid_private_key.get_secret_value())
    push = PushSender(Vapid(key, settings.vapid_subject), AllowedHosts(loopback=True))
    with MailService() as mail, TwilioService(authority.server_tls(HOST)) as twilio:
        carriers = Carriers(push, MailSender(mail.read()), twilio.sender(authority.tls))
        worker = worker_with(app, sender=carriers, outlets=Outlets(URL, channels, returns))
        yield Outside(worker, mail.box, twilio)
        worker.close()


def an_address(person: Patient | Contact, channel: Channel, **changes: Any) -> Address:
    """A proved address of somebody."""
    patient = isinstance(person, Patient)
    values: dict[str, Any] = {
        "clinic_id": person.clinic_id,
        "role": "patient" if patient else "contact",
        "owner_id": person.id,
        "channel": channel.value,
        "to": person.phone if channel is Channel.TEXT else "rosa@patients.example",
        "created_at": NOW,
        "proved_at": NOW,
    }
    address: Address = saved(Address(**(values | changes)))
    return address
