"""A push service on loopback, as strict as the real ones, for tests with and without browsers.

Real services answer one mistake with one number and no explanation; this is where a mistake of
ours must show first. `PushService` is the whole of it: its HTTP side takes what our sender
POSTs, its WebSocket side speaks to a real Firefox, `subscribe()` makes a phone in software.
"""

from tests.push_service.http_side import Answer, Request
from tests.push_service.phone import Phone, Received
from tests.push_service.registration import Message, Registration
from tests.push_service.seal import PlainSender
from tests.push_service.service import Post, PushService
from tests.push_service.socket_side import Ack

__all__ = [
    "Ack",
    "Answer",
    "Message",
    "Phone",
    "PlainSender",
    "Post",
    "PushService",
    "Received",
    "Registration",
    "Request",
]
