"""Scripts, styles and icons are cached for ever and sent small; pages are neither."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from recovery.store.sign_ins import Face
from recovery.web.pwa import files_needed_offline
from recovery.web.static import build_of, files_of, static_url
from tests.builders import a_clinic, a_patient, signed_in
from tests.notices import a_discharged_visit
from tests.visitor import Visitor

#: An iPhone draws it on the Home Screen itself.
NOT_KEPT = "icons/apple-touch-180.png"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The app's files are the same on any database."""
    return sqlite_url


def file(app: Flask, client: Visitor, name: str, accepted: str = "", tag: str = "") -> TestResponse:
    with app.test_request_context():
        address = static_url(name)
    return client.get(address, headers={"Accept-Encoding": accepted, "If-None-Match": tag})


def test_the_address_of_a_build_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = build_of(tmp_path)
    for read in (files_of, build_of):
        read.cache_clear()
    (tmp_path / "a.js").write_text("2")
    assert build_of(tmp_path) != before


def test_a_strange_name_is_quoted_in_its_address(app: Flask) -> None:
    with app.test_request_context():
        assert static_url("css/a b.css").endswith("/css/a%20b.css")


def test_a_file_is_cached_for_ever_by_anybody(app: Flask, client: Visitor) -> None:
    answer = file(app, client, "css/phone.css")
    assert answer.headers["Cache-Control"] == "max-age=31536000, immutable, public"
    assert client.get("/static/000000000000/css/phone.css").status_code == 404


@pytest.mark.parametrize("name", ["css/phone.css", "js/app.js", "icons/icons.svg"])
def test_a_text_is_sent_compressed_to_who_can_read_that(
    app: Flask, client: Visitor, name: str
) -> None:
    small, plain = file(app, client, name, "br, gzip, deflate"), file(app, client, name)
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < len(plain.data) / 2
    assert small.mimetype == plain.mimetype
    assert small.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert small.headers["ETag"] != plain.headers["ETag"]


def test_gzip_that_is_refused_is_not_sent(app: Flask, client: Visitor) -> None:
    assert "Content-Encoding" not in file(app, client, "css/phone.css", "gzip;q=0").headers


def test_a_picture_that_is_small_already_is_sent_as_it_is(app: Flask, client: Visitor) -> None:
    answer = file(app, client, "icons/icon-192.png", "gzip")
    assert answer.data.startswith(b"\x89PNG")
    assert "Vary" not in answer.headers


def test_a_file_that_the_browser_has_is_not_sent_again(app: Flask, client: Visitor) -> None:
    tag = file(app, client, "css/phone.css", "gzip").headers["ETag"]
    again = file(app, client, "css/phone.css", "gzip", tag)
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/sw.js", "/manifest.webmanifest"])
def test_worker_and_manifest_are_asked_for_anew_and_sent_small(client: Visitor, path: str) -> None:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Encoding"] == "gzip"
    known = {"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 304


def test_a_page_is_never_compressed_and_never_stored(app: Flask, client: Visitor) -> None:
    with app.app_context():
        signed_in(client, Face.PATIENT, a_patient(a_clinic()))
    for path in ("/me", "/offline", "/me/help"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in answer.headers


def test_kept_pages_need_no_file_that_the_phone_does_not_keep(app: Flask, client: Visitor) -> None:
    with app.app_context():
        patient = a_patient(a_clinic())
        visit = a_discharged_visit(patient, patient.created_at)
        signed_in(client, Face.PATIENT, patient)
        last = f"/me/visits/{visit.id}/check-ins/last-questions"
    with app.test_request_context():
        kept = {*files_needed_offline(), static_url(NOT_KEPT)}
    for path in ("/offline", "/me", "/me/help", "/me/settle", last):
        needed = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', client.get(path).text))
        assert len(needed) >= 4, path
        assert needed <= kept, path
