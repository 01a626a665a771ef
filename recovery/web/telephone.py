"""Telephone numbers as people read them; links keep the full number."""

from typing import Final

import phonenumbers
from flask import Flask, g
from phonenumbers import PhoneNumberFormat

#: A space and a hyphen at which no line ends.
UNBROKEN: Final = {ord(" "): "\u00a0", ord("-"): "\u2011"}


def attach(app: Flask) -> None:
    """Give templates the filters `telephone`, to read, and `typed_telephone`, for a field."""
    app.jinja_env.filters["telephone"] = unbroken
    app.jinja_env.filters["typed_telephone"] = telephone


def telephone(number: str) -> str:
    """Return a number as written in the clinic's country, or with its country code elsewhere.

    What is no E.164 number (911) stays as it is.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    clinic = g.get("clinic")
    here = phonenumbers.country_code_for_region(clinic.country) if clinic else 0
    style = PhoneNumberFormat.NATIONAL if parsed.country_code == here else None
    return phonenumbers.format_number(parsed, style or PhoneNumberFormat.INTERNATIONAL)


def unbroken(number: str) -> str:
    """Return a number for a page: half of it at the end of a line is read as the whole."""
    return telephone(number).translate(UNBROKEN)
