"""The WebSocket side: what a real Firefox speaks with its push service (autopush protocol)."""

import asyncio
import json
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.push_service.registration import Message, Registration
from tests.push_service.rules import unpadded

if TYPE_CHECKING:
    from tests.push_service.service import PushService


@dataclass(frozen=True, slots=True)
class Ack:
    """What the browser says became of a message.

    code: 100 shown to the worker, 101 cannot be decrypted, 102 not delivered; 301 and above
    come as a nack: the worker failed. at: epoch seconds.
    """

    version: str
    code: int
    at: float


@dataclass(slots=True, eq=False)
class Browser:
    """One Firefox profile, known again by its `uaid` after a restart."""

    uaid: str
    socket: ServerConnection | None = None
    channels: dict[str, Registration] = field(default_factory=dict)
    sending: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def online(self) -> bool:
        return self.socket is not None

    def hand_over(self, registration: Registration, message: Message) -> None:
        told: dict[str, Any] = {
            "messageType": "notification",
            "channelID": registration.channel,
            "version": message.version,
        }
        if message.body:
            told["data"] = urlsafe_b64encode(message.body).rstrip(b"=").decode()
            told["headers"] = {"encoding": "aes128gcm"}
        task = asyncio.ensure_future(self._send(told))
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def _send(self, told: dict[str, Any]) -> None:
        try:
            if self.socket is not None:
                await self.socket.send(json.dumps(told))
        except ConnectionClosed:
            self.socket = None


class SocketSide:
    """All browsers of one service. Everything runs in the service's loop."""

    def __init__(self, service: "PushService") -> None:
        self.browsers: dict[str, Browser] = {}
        self.acks: list[Ack] = []
        self._service = service

    async def open(self, host: str, port: int) -> Server:
        return await serve(
            self._converse,
            host,
            port,
            subprotocols=[Subprotocol("push-notification")],
            compression=None,
            ping_interval=None,
        )

    async def _converse(self, socket: ServerConnection) -> None:
        browser: Browser | None = None
        try:
            async for raw in socket:
                told = json.loads(raw)
                kind = told.get("messageType", "ping")
                if kind == "hello":
                    browser = await self._hello(socket, told)
                elif kind == "ping":
                    await socket.send("{}")
                elif browser is not None:
                    await getattr(self, f"_{kind}")(browser, told)
        except ConnectionClosed:
            pass
        finally:
            if browser is not None and browser.socket is socket:
                browser.socket = None

    async def _hello(self, socket: ServerConnection, told: dict[str, Any]) -> Browser:
        browser = self.browsers.get(told.get("uaid", ""))
        if browser is None:
            browser = Browser(secrets.token_hex(16))
            self.browsers[browser.uaid] = browser
        greeting = {
            "messageType": "hello",
            "uaid": browser.uaid,
            "status": 200,
            "use_webpush": True,
            "broadcasts": {},
        }
        await socket.send(json.dumps(greeting))
        browser.socket = socket
        for registration in list(browser.channels.values()):
            registration.flush(self._service.clock())
        return browser

    async def _register(self, browser: Browser, told: dict[str, Any]) -> None:
        channel, key = told["channelID"], told.get("key")
        registration = self._service.register(browser, unpadded(key) if key else None, channel)
        browser.channels[channel] = registration
        await self._answer(browser, told, pushEndpoint=registration.endpoint)

    async def _unregister(self, browser: Browser, told: dict[str, Any]) -> None:
        registration = browser.channels.pop(told["channelID"], None)
        if registration is not None:
            registration.gone = True
        await self._answer(browser, told)

    async def _answer(self, browser: Browser, told: dict[str, Any], **more: str) -> None:
        answer = {"messageType": told["messageType"], "channelID": told["channelID"], "status": 200}
        if browser.socket is not None:
            await browser.socket.send(json.dumps(answer | more))

    async def _ack(self, browser: Browser, told: dict[str, Any]) -> None:
        for update in told["updates"]:
            self._note(browser, update["version"], update.get("code", 100))

    async def _nack(self, browser: Browser, told: dict[str, Any]) -> None:
        self._note(browser, told["version"], told.get("code", 301))

    async def _broadcast_subscribe(self, browser: Browser, told: dict[str, Any]) -> None:
        """Firefox may ask for its own settings' broadcasts; there are none here."""

    def _note(self, browser: Browser, version: str, code: int) -> None:
        self.acks.append(Ack(version, code, time.time()))
        for registration in browser.channels.values():
            registration.acknowledge(version)

    def drop(self) -> None:
        """Close every socket as a dying network does; browsers come back by themselves."""
        for browser in self.browsers.values():
            if browser.socket is not None:
                browser.socket.transport.abort()
                browser.socket = None

    def forget(self) -> None:
        """Lose all browsers: their endpoints are gone, their next hello gets another uaid."""
        self.drop()
        for browser in self.browsers.values():
            for registration in browser.channels.values():
                registration.gone = True
        self.browsers.clear()
