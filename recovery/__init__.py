"""Homeward: the app, put together. The only module that knows all the others."""

from datetime import timedelta

from flask import Flask, current_app, g, request
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from recovery import cli, clock, config, web, worker
from recovery.clock import Clock, system_now
from recovery.config import ROOT, ConfigError, Settings
from recovery.store import database
from recovery.web import access, errors, headers, incoming, language, log, look, static
from recovery.web.ids import Hushed


def create_app(settings: Settings | None = None, clock: Clock = system_now) -> Flask:
    """Build the app from the settings given, or else from the environment.

    Raises ConfigError, with one plain sentence, when the settings are unsafe.
    """
    settings = settings or config.load()
    if refused := database.why_not_writable(settings.database_url):
        raise ConfigError(f"Homeward cannot start: {refused}.")
    app = Flask(
        __name__,
        instance_path=str(settings.instance.absolute()),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.config.from_mapping(_flask_settings(settings))
    app.config["SECRET_KEY_FALLBACKS"] = _older_secrets(settings, clock)
    app.url_map.converters["hushed"] = Hushed
    _give_the_app_its_parts(app, settings, clock)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    return app


def _flask_settings(settings: Settings) -> dict[str, object]:
    prefix = "__Host-" if settings.secure else ""
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "TRUSTED_HOSTS": None if "*" in settings.trusted_hosts else list(settings.trusted_hosts),
        "SESSION_COOKIE_NAME": f"{prefix}form",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A groggy person may leave a form open for hours: its token lives as long as the cookie.
        "WTF_CSRF_TIME_LIMIT": None,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(settings.database_url),
    }


def _older_secrets(settings: Settings, now: Clock) -> list[str]:
    """What may still be signed with; judged at the start."""
    older, until = settings.secret_key_previous, settings.previous_keys_until
    return [older.get_secret_value()] if older and until and now() < until else []


def _give_the_app_its_parts(app: Flask, settings: Settings, now: Clock) -> None:
    config.attach(app, settings)
    clock.attach(app, now)
    database.attach(app)
    Migrate(app, database.db, directory=str(ROOT / "recovery" / "migrations"), render_as_batch=True)
    log.set_up(settings.log)
    log.attach(app)
    app.before_request(access.know_whose_page)
    incoming.attach(app)
    headers.attach(app, secure=settings.secure, public_url=settings.public_url)
    app.before_request(_read_without_the_write_lock)
    CSRFProtect(app)
    language.attach(app)
    errors.attach(app)
    static.attach(app, ROOT / "static")
    access.attach(app)
    look.attach(app)
    web.register(app)
    cli.register(app)
    worker.register(app)


def _read_without_the_write_lock() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    reads = getattr(view, "changes_nothing", False)
    g.reads_only = reads or request.method in headers.SAFE_METHODS
