"""The senders that the settings name."""

from collections.abc import Callable

from recovery.config import Settings
from recovery.delivery.carriers import Carriers
from recovery.delivery.endpoints import AllowedHosts
from recovery.delivery.keys import Vapid, load_key
from recovery.delivery.mail import MailSender
from recovery.delivery.push import PushSender
from recovery.delivery.twilio import TwilioSender
from recovery.worker.lanes import FEW_THREADS, THREADS


def carriers_for(settings: Settings, heard: Callable[[str, str], None]) -> Carriers:
    """Return them behind one door; `heard` is told what a push host says the time is (its name,
    and the Date of its answer as it came)."""
    server, account = settings.mail_server, settings.twilio
    return Carriers(
        _push(settings, heard),
        MailSender(server) if server else None,
        TwilioSender(account, connections=FEW_THREADS) if account else None,
    )


def _push(settings: Settings, heard: Callable[[str, str], None]) -> PushSender:
    key = load_key(settings.vapid_private_key.get_secret_value())
    allowed = AllowedHosts(
        extra=frozenset(settings.extra_push_hosts), loopback=settings.allow_loopback_push
    )
    vapid = Vapid(
        key, settings.vapid_subject, settings.previous_vapid_key, settings.previous_keys_until
    )
    return PushSender(vapid, allowed, connections=THREADS, heard=heard)
