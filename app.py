"""Homeward on this machine: `python app.py` serves it; `app` is for gunicorn and flask."""

import errno
import os
import signal
import socket
import sys
from typing import NoReturn

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from recovery import clock, config, create_app, first_start
from recovery.services.audit_check import seal_older
from recovery.worker import run_in_background

# gunicorn stops, instead of starting the worker again and again, when it exits with this.
BOOT_ERROR = 3
RUN_DIRECTLY = __name__ == "__main__"


class QuietHandler(WSGIRequestHandler):
    """Leaves the request log to the app, which never writes paths: links carry tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def stop(sentence: str) -> NoReturn:
    """End with one plain sentence instead of a traceback."""
    print(sentence, file=sys.stderr)
    raise SystemExit(BOOT_ERROR)


def build() -> Flask:
    """Make the app; run directly, links lead to the address it is served at."""
    chosen = {}
    if RUN_DIRECTLY and "RECOVERY_PUBLIC_URL" not in os.environ:
        chosen["public_url"] = f"http://localhost:{port()}"
    if RUN_DIRECTLY and host() not in {"127.0.0.1", "localhost"}:
        chosen |= {"trusted_hosts": os.environ.get("RECOVERY_TRUSTED_HOSTS", "*")}
    try:
        return create_app(config.load(**chosen))
    except config.ConfigError as error:
        stop(str(error))


def host() -> str:
    """Where to listen: this machine only, unless HOST says otherwise."""
    return os.environ.get("HOST") or "127.0.0.1"


def port() -> int:
    """PORT, or 8000."""
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        stop(f"PORT must be a number between 1 and 65535, not {given!r}.")
    return int(given)


def listen() -> socket.socket:
    """Take the address, or say why not."""
    try:
        return socket.create_server((host(), port()))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            stop(
                f"Port {port()} is in use; choose another, for example: PORT={port() + 1} make run"
            )
        stop(f"Homeward cannot listen on {host()} port {port()}: {error.strerror}.")


def migrate(app: Flask) -> None:
    """Bring the embedded database to the newest schema."""
    try:
        with app.app_context():
            upgrade()
            seal_older(clock.now())
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        stop(f"Homeward cannot use its database: {reason}.")


def serve(app: Flask) -> None:
    """Serve and send notices until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    listener = listen()
    migrate(app)
    server: BaseWSGIServer = make_server(
        host(), port(), app, threaded=True, request_handler=QuietHandler, fd=listener.fileno()
    )
    first_start.announce(app)
    stop_worker = run_in_background(app)
    try:
        server.serve_forever()  # Returns on KeyboardInterrupt.
    finally:
        stop_worker()
        server.server_close()
        listener.close()
    print("\nHomeward has stopped.")


app = build()

if RUN_DIRECTLY:
    serve(app)
