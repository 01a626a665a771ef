"""The site is an app: manifest, service worker, a page for no connection."""

import json
import re

import pytest
from flask import Flask

from recovery.store.sign_ins import Face
from tests.builders import a_clinic, a_patient, signed_in
from tests.visitor import Visitor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The app's files are the same on any database."""
    return sqlite_url


def known(client: Visitor) -> dict[str, object]:
    first = client.get("/sw.js").text.splitlines()[0]
    found = re.fullmatch(r"const KNOWN = (\{.*\});", first)
    assert found is not None
    return dict(json.loads(found[1]))


def is_there(client: Visitor, address: str) -> bool:
    with client.get(address) as answer:
        return answer.status_code == 200


def test_the_worker_serves_the_whole_site_and_is_never_kept_for_long(client: Visitor) -> None:
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_every_file_that_the_worker_keeps_exists(client: Visitor) -> None:
    said = known(client)
    files = said["files"]
    assert isinstance(files, list)
    assert "/offline" in files
    for address in (*files, said["icon"], said["badge"]):
        assert is_there(client, str(address)), address


def test_the_manifest_follows_the_language_of_the_person(app: Flask, client: Visitor) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic(), language="es"))
    page = client.get("/me/settle", headers={"Accept-Language": "en"}).text
    named = re.search(r'rel="manifest" href="([^"]+)"', page)
    assert named is not None
    said = client.get(named[1], headers={"Accept-Language": "en"}).get_json()
    assert (said["lang"], said["id"]) == ("es", "/")
    assert said["shortcuts"][0]["name"] == "Me siento mal"


@pytest.mark.parametrize("asked", ["", "?language=tlh", "?language=../../etc"])
def test_without_a_known_language_the_manifest_speaks_the_browsers(
    client: Visitor, asked: str
) -> None:
    answer = client.get(f"/manifest.webmanifest{asked}", headers={"Accept-Language": "es"})
    assert answer.mimetype == "application/manifest+json"
    assert answer.get_json()["lang"] == "es"


def test_the_page_for_no_connection_has_the_numbers(app: Flask, client: Visitor) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic()))
    page = client.get("/offline").text
    for number in ("911", "988", "+12125550100"):
        assert f'href="tel:{number}"' in page
    assert "Rosa" not in page


def test_each_page_has_the_hidden_line_that_says_when_it_was_saved(
    app: Flask, client: Visitor
) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic()))
    page = client.get("/me").text
    assert page.count("data-kept hidden") == 1
    assert "saved on Monday, March\u00a02, 9:00" in page
