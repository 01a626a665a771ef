"""Phone numbers and e-mail addresses as people type them, in the one form that is stored."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from recovery.services.refusals import Refused


def phone_number(words: str, country: str, field: str = "phone") -> str:
    """Return a number in E.164, read as in `country` (ISO 3166); empty stays empty."""
    words = words.strip()
    if not words:
        return ""
    try:
        number = phonenumbers.parse(words, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise Refused("This is not a phone number we can call. Please check it.", field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_address(words: str, field: str = "email") -> str:
    """Return an address in its usual form, in lower case; empty stays empty."""
    words = words.strip()
    if not words:
        return ""
    try:
        found = validate_email(words, check_deliverability=False, allow_smtputf8=False)
        return found.normalized.lower()
    except EmailNotValidError:
        raise Refused("This is not an e-mail address. Please check it.", field) from None
