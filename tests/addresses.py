"""Addresses on people's phones; those that name a part of the protocol are unreadable there."""

import re

from recovery.web.ids import hushed

ADDRESS = re.compile(r'(?:href|action|formaction|data-live|data-opened)="([^"]*)"')


def step_page(visit: object, step: str) -> str:
    """The page of one step; `visit` may be a field that is filled in later ("{visit}")."""
    return f"/me/visits/{visit}/steps/{hushed(step)}"


def flag_page(flag: str) -> str:
    """The page of one red flag, and where it is sent."""
    return f"/me/help/{hushed(flag)}"


def own_addresses(page: str) -> set[str]:
    """The addresses on our own host that a page names, files left out."""
    return {url for url in ADDRESS.findall(page) if url.startswith("/") and "/static/" not in url}
