"""HTTP in and out: one blueprint a file, presenters beside them. No rules, no session."""

from flask import Blueprint, Flask

from recovery.web import styleguide

BLUEPRINTS: tuple[Blueprint, ...] = (styleguide.bp,)


def register(app: Flask) -> None:
    """Give the app all its pages."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
