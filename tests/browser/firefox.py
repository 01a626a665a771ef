"""A real Firefox ESR, driven by raw Marionette: the truth about Web Push.

Playwright cannot drive a stock Firefox with its own push client, so this speaks Firefox's own
remote protocol: frames of `<length>:<json>`, requests `[0, id, name, params]`, answers
`[1, id, error, result]`. Several may run at once, each with a profile of its own: patient, driver.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.browser.notifications import Desktop
from tests.waiting import until

EXECUTABLE = shutil.which("firefox-esr") or "firefox"

_WAIT = 30.0
"""Seconds for a start, a page or an element, beside busy processes too."""

_ASYNC = """
const done = arguments[arguments.length - 1];
(async function () { %s }).apply(null, [...arguments].slice(0, -1))
  .then((value) => done({ value }), (error) => done({ error: String(error) }));
"""

_PREFS: dict[str, str | int | bool] = {
    "marionette.port": 0,
    # Its own push service, over plain ws. Unless written here, remote control turns push off.
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.connection.enabled": True,
    "dom.push.retryBaseInterval": 100,
    "permissions.default.desktop-notification": 1,
    # A proxy that is not there keeps everything but loopback from leaving the machine.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1",
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "en-US, en",
}


class MarionetteError(Exception):
    """Firefox refused a command; the text is its own."""


class Firefox:
    """One profile. `start` and `quit` may follow each other; the profile stays.

    push_url: the service's `websocket_url`. prefs: more, or others, than the usual.
    `desktop` is where its notifications are shown and clicked.
    """

    def __init__(
        self, profile: Path, push_url: str, prefs: Mapping[str, str | int | bool] | None = None
    ) -> None:
        profile.mkdir(parents=True, exist_ok=True)
        wanted = _PREFS | {"dom.push.serverURL": push_url} | dict(prefs or {})
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in wanted.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.profile = profile
        self.desktop = Desktop()
        self._process: subprocess.Popen[bytes] | None = None

    # --- life

    def start(self) -> "Firefox":
        port_file = self.profile / "MarionetteActivePort"
        port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *(EXECUTABLE, "--headless", "--no-remote", "--profile", str(self.profile)),
                *("--marionette", "--remote-allow-system-access", "about:blank"),
            ],
            env={**os.environ, **self.desktop.environment, "HOME": str(self.profile)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = until(
            lambda: port_file.exists() and port_file.read_text(), 2 * _WAIT, "Firefox's port"
        )
        self._socket = socket.create_connection(("127.0.0.1", int(port)), timeout=2 * _WAIT)
        self._reader = self._socket.makefile("rb")
        self._count = 0
        self._read()
        self.command("WebDriver:NewSession")
        self.command("WebDriver:SetTimeouts", script=int(_WAIT * 1000))
        return self

    def quit(self) -> None:
        """Shut down in good order: cookies, workers and subscriptions are on disk."""
        if self._process is not None:
            self.command("Marionette:Quit", flags=["eForceQuit"])
            self._close()

    def kill(self) -> None:
        """End it at once, as a phone that loses its battery."""
        if self._process is not None:
            self._process.kill()
            self._close()

    def restart(self) -> None:
        self.quit()
        self.start()

    def close(self) -> None:
        """Quit for good, the desktop too."""
        self.quit()
        self.desktop.stop()

    def _close(self) -> None:
        assert self._process is not None
        self._process.wait(_WAIT)
        self._reader.close()
        self._socket.close()
        self._process = None

    # --- the protocol

    def command(self, name: str, /, **params: object) -> Any:
        """Send one Marionette command and give its answer; MarionetteError if it is refused."""
        self._count += 1
        frame = json.dumps([0, self._count, name, params])
        self._socket.sendall(f"{len(frame.encode())}:{frame}".encode())
        _, _, error, result = self._read()
        if error:
            raise MarionetteError(f"{name}: {error['error']}: {error['message']}")
        return result

    def _read(self) -> Any:
        length = b""
        while (byte := self._reader.read(1)) != b":":
            if not byte:
                raise MarionetteError("Firefox is gone")
            length += byte
        return json.loads(self._reader.read(int(length)))

    # --- pages

    def navigate(self, url: str) -> None:
        self.command("WebDriver:Navigate", url=url)

    def give_cookie(self, url: str, name: str, value: str) -> None:
        """Let it hold a cookie of ours, as after signing in; it is at `url` afterwards."""
        self.navigate(url)
        self.command("WebDriver:DeleteAllCookies")
        self.command("WebDriver:AddCookie", cookie={"name": name, "value": value, "path": "/"})

    @property
    def url(self) -> str:
        return str(self.command("WebDriver:GetCurrentURL")["value"])

    def js(self, script: str, *args: object) -> Any:
        """Run the body of an async function in the page; `arguments` are `args`."""
        result = self.command("WebDriver:ExecuteAsyncScript", script=_ASYNC % script, args=args)
        answer = result["value"] or {}  # None: the page went away under the script.
        if "error" in answer:
            raise MarionetteError(answer["error"])
        return answer.get("value")

    def find(self, css: str, within: float = _WAIT) -> str:
        """Wait for the first element that matches, and give its reference."""

        def look() -> str | None:
            try:
                found = self.command("WebDriver:FindElement", using="css selector", value=css)
            except MarionetteError:
                return None
            return str(next(iter(found["value"].values())))

        return str(until(look, within, f"{css} at {self.url}"))

    def click(self, css: str) -> None:
        self.command("WebDriver:ElementClick", id=self.find(css))

    def type(self, css: str, text: str) -> None:
        """Replace what a field holds."""
        field = self.find(css)
        self.command("WebDriver:ElementClear", id=field)
        self.command("WebDriver:ElementSendKeys", id=field, text=text)

    def text(self, css: str = "body") -> str:
        """Give the visible text of the first element that matches, once there is one."""
        return str(self.command("WebDriver:GetElementText", id=self.find(css))["value"])

    def wait_for(self, script: str, *args: object, within: float = _WAIT) -> Any:
        """Wait until a script (see `js`) gives something true, and give that."""
        return until(lambda: self.js(script, *args), within, script.strip())

    def windows(self) -> list[str]:
        return list(self.command("WebDriver:GetWindowHandles"))

    def switch(self, handle: str) -> None:
        self.command("WebDriver:SwitchToWindow", handle=handle)

    def screenshot(self, path: Path) -> None:
        """Keep a picture of the whole page as PNG."""
        picture = self.command("WebDriver:TakeScreenshot", full=True)["value"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(picture))

    def set_permission(self, name: str, state: str) -> None:
        """For the page's origin: "notifications" to "granted", "denied" or "prompt"."""
        self.command("WebDriver:SetPermission", descriptor={"name": name}, state=state)

    def set_pref(self, name: str, value: str | int | bool) -> None:
        """Change a setting while it runs."""
        kind = {bool: "Bool", int: "Int", str: "String"}[type(value)]
        self.command("Marionette:SetContext", value="chrome")
        self.js(f"Services.prefs.set{kind}Pref(arguments[0], arguments[1])", name, value)
        self.command("Marionette:SetContext", value="content")
