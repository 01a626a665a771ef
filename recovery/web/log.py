"""One line a request. It names the route, never the path: paths of links carry tokens."""

import json
import logging
import time
from typing import Literal

from flask import Flask, Response, g, request

logger = logging.getLogger("recovery.requests")


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what `extra=` gave goes under its own names."""

    plain = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        said |= {name: value for name, value in vars(record).items() if name not in self.plain}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)


def set_up(style: Literal["json", "text"]) -> None:
    """Send our own log to standard error, as text or as JSON lines; a second call only restyles."""
    ours = logging.getLogger("recovery")
    handler = next(iter(ours.handlers), None) or logging.StreamHandler()
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if style == "json" else text)
    ours.handlers = [handler]
    ours.setLevel(logging.INFO)


def attach(app: Flask) -> None:
    """Log every answer with its route, status and milliseconds."""

    @app.before_request
    def start_watch() -> None:
        g.request_began = time.monotonic()

    @app.after_request
    def log_answer(response: Response) -> Response:
        rule = str(request.url_rule) if request.url_rule else "(no route)"
        took = (time.monotonic() - g.get("request_began", time.monotonic())) * 1000
        logger.info(
            "%s %s %s %.0f ms",
            request.method,
            rule,
            response.status_code,
            took,
            extra={"method": request.method, "route": rule, "status": response.status_code},
        )
        return response
