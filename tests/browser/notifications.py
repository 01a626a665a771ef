"""A desktop's notification service in software: records what a person would see, and clicks it.

Firefox and Chromium both speak org.freedesktop.Notifications over D-Bus. Each browser gets a
`Desktop` with a bus of its own: nothing reaches a real screen, nobody else's notice gets in,
and what is recorded is what was really shown.
"""

import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from dbus_fast import BusType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from tests.background import Background
from tests.waiting import until

_DISMISSED_BY_PERSON = 2
_CLOSED_BY_CALL = 3

Strings = Annotated[list[str], DBusSignature("as")]
Hints = Annotated[dict[str, Variant], DBusSignature("a{sv}")]
Server = Annotated[tuple[str, str, str, str], DBusSignature("ssss")]
IdAndReason = Annotated[tuple[int, int], DBusSignature("uu")]
IdAndAction = Annotated[tuple[int, str], DBusSignature("us")]


@dataclass(slots=True)
class Shown:
    """One notification as shown. actions: keys and labels in turn; at: epoch seconds.

    The protocol has no tag: a browser that replaces by tag closes the old one, or names it in
    `replaces`.
    """

    id: int
    app: str
    title: str
    body: str
    actions: list[str]
    hints: dict[str, Any]
    replaces: int
    at: float = field(default_factory=time.time)
    closed: bool = False


class _Notifications(ServiceInterface):
    def __init__(self, shown: list[Shown]) -> None:
        super().__init__("org.freedesktop.Notifications")
        self._shown = shown

    @dbus_method()
    def GetCapabilities(self) -> Strings:  # noqa: N802
        return ["actions", "body", "persistence"]

    @dbus_method()
    def GetServerInformation(self) -> Server:  # noqa: N802
        return ("desktop", "tests", "1", "1.2")

    @dbus_method()
    def Notify(  # noqa: N802
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        title: DBusStr,
        body: DBusStr,
        actions: Strings,
        hints: Hints,
        timeout: DBusInt32,
    ) -> DBusUInt32:
        number = len(self._shown) + 1
        plain = {name: hint.value for name, hint in hints.items() if name != "image-data"}
        for earlier in self._shown:
            earlier.closed = earlier.closed or earlier.id == replaces
        self._shown.append(Shown(number, app, title, body, actions, plain, replaces))
        return number

    @dbus_method()
    def CloseNotification(self, number: DBusUInt32) -> None:  # noqa: N802
        self.close(number, _CLOSED_BY_CALL)

    @dbus_signal()
    def NotificationClosed(self, number: int, reason: int) -> IdAndReason:  # noqa: N802
        return (number, reason)

    @dbus_signal()
    def ActionInvoked(self, number: int, action: str) -> IdAndAction:  # noqa: N802
        return (number, action)

    def close(self, number: int, reason: int) -> None:
        for notification in self._shown:
            notification.closed = notification.closed or notification.id == number
        self.NotificationClosed(number, reason)


class Desktop:
    """A bus and its notification service, from construction until `stop`.

    `environment` is what a browser must be started with. `shown` holds every Notify, oldest
    first.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        bus = Path(self._folder.name, "bus")
        address = f"unix:path={bus}"
        self.shown: list[Shown] = []
        self._daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}"],
            stderr=subprocess.DEVNULL,
        )
        self.environment = {"DBUS_SESSION_BUS_ADDRESS": address}
        until(lambda: _answers(bus), what="the bus")
        self._background = Background()
        self._service = self._background.call(lambda: _Notifications(self.shown))
        self._bus = self._background.run(self._serve(address))

    async def _serve(self, address: str) -> MessageBus:
        bus = await MessageBus(bus_address=address, bus_type=BusType.SESSION).connect()
        bus.export("/org/freedesktop/Notifications", self._service)
        await bus.request_name("org.freedesktop.Notifications")
        return bus

    def wait_for(self, count: int = 1, within: float = 20.0) -> Shown:
        """Wait until `count` notifications were shown in all, and give the newest."""
        until(lambda: len(self.shown) >= count, within, f"{count} notifications on the screen")
        return self.shown[-1]

    @property
    def on_screen(self) -> list[Shown]:
        """Those that neither the person nor the browser has closed."""
        return [notification for notification in self.shown if not notification.closed]

    def click(self, number: int, action: str = "default") -> None:
        """Tap a notification (or one of its buttons); a desktop then takes it away."""
        self._background.call(lambda: self._service.ActionInvoked(number, action))
        self.close(number)

    def close(self, number: int) -> None:
        """Wipe it away, as a person does."""
        self._background.call(lambda: self._service.close(number, _DISMISSED_BY_PERSON))

    def stop(self) -> None:
        self._background.call(self._bus.disconnect)
        self._background.close()
        self._daemon.terminate()
        self._daemon.wait()
        self._folder.cleanup()


def _answers(bus: Path) -> bool:
    """Whether the daemon listens: its socket is there a moment before it does."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(bus)) == 0
