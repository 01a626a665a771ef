"""Which way onto the Home Screen a browser has, as far as its User-Agent header tells.

It only chooses which pictures come first. What works is found out by trying (static/js): an iPad
says that it is a Mac, and any header may be made up.
"""

from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """One way to install and to allow notices; templates/components/ways.html has its words."""

    IPHONE_SAFARI = "iphone-safari"
    #: Chrome, Edge, Firefox and others on an iPhone or iPad, which are Safari underneath.
    IPHONE_OTHER = "iphone-other"
    #: A page inside a mail, chat or search app, which can neither install nor notify.
    INSIDE = "inside"
    ANDROID_CHROME = "android-chrome"
    ANDROID_SAMSUNG = "android-samsung"
    ANDROID_FIREFOX = "android-firefox"
    #: Chrome and Edge on a computer.
    COMPUTER_CHROME = "computer-chrome"
    COMPUTER_SAFARI = "computer-safari"
    COMPUTER_FIREFOX = "computer-firefox"


APPLE: Final = ("iPhone", "iPad", "iPod")
INSIDE_APPS: Final = (
    *("; wv)", "FBAN", "FBAV", "FB_IAB", "Instagram", "Line/", "GSA/", "Snapchat", "TikTok"),
    *("WhatsApp", "Twitter", "LinkedInApp", "Pinterest", "MicroMessenger"),
)
IPHONE_BROWSERS: Final = ("CriOS", "EdgiOS", "FxiOS", "OPT/", "OPiOS", "Brave/")


def way_of(user_agent: str) -> Way | None:
    """Return the way that this browser most likely has; None = nothing is known of it."""
    if any(mark in user_agent for mark in INSIDE_APPS):
        return Way.INSIDE
    if any(mark in user_agent for mark in APPLE):
        return _on_an_iphone(user_agent)
    if "Android" in user_agent:
        return _on_android(user_agent)
    return _on_a_computer(user_agent)


def _on_an_iphone(user_agent: str) -> Way:
    if any(mark in user_agent for mark in IPHONE_BROWSERS):
        return Way.IPHONE_OTHER
    # Pages inside other apps do not name Safari; neither does the installed app itself.
    return Way.IPHONE_SAFARI if "Safari/" in user_agent else Way.INSIDE


def _on_android(user_agent: str) -> Way:
    if "SamsungBrowser" in user_agent:
        return Way.ANDROID_SAMSUNG
    return Way.ANDROID_FIREFOX if "Firefox" in user_agent else Way.ANDROID_CHROME


def _on_a_computer(user_agent: str) -> Way | None:
    if "Firefox" in user_agent:
        return Way.COMPUTER_FIREFOX
    if "Chrome/" in user_agent:
        return Way.COMPUTER_CHROME
    return Way.COMPUTER_SAFARI if "Safari/" in user_agent else None
