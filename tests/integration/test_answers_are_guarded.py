"""Every answer carries the headers, and what comes from elsewhere is refused before any view."""

from pathlib import Path

import pytest
from flask import Flask, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from recovery import create_app
from recovery.web.access import ANYONE, open_to
from recovery.web.headers import HEADERS
from tests.conftest import settings_for
from tests.visitor import Visitor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The guards are the same on any database."""
    return sqlite_url


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """These tests add pages of their own."""
    return fresh_app


@pytest.fixture(autouse=True)
def _a_page_of_each_kind(app: Flask) -> None:
    @app.get("/guarded")
    @open_to(ANYONE)
    def page() -> str:
        return f'<form method="post"><input name="csrf_token" value="{generate_csrf()}"></form>'

    @app.post("/guarded")
    @open_to(ANYONE)
    def echo() -> dict[str, object]:
        return {"said": request.get_json() if request.is_json else request.form.to_dict()}

    @app.get("/locked")
    @open_to(ANYONE)
    def locked() -> str:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    @app.get("/broken")
    @open_to(ANYONE)
    def broken() -> str:
        raise RuntimeError("the reason")


def post_json(client: Visitor, body: str | bytes) -> TestResponse:
    headers = {"X-CSRFToken": client.token("/guarded")}
    return client.post("/guarded", data=body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("path", ["/guarded", "/nowhere", "/locked", "/broken", "/static/x/y.js"])
def test_every_answer_carries_the_headers(client: Visitor, path: str) -> None:
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_https_insists_on_https(client: Visitor) -> None:
    assert "Strict-Transport-Security" not in client.get("/guarded").headers


def test_a_page_served_over_https_insists_on_it(sqlite_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(sqlite_url, tmp_path, public_url="https://home.example.org"))
    answer = app.test_client().get("/", base_url="https://home.example.org")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_a_form_sent_from_its_own_page_is_taken(client: Visitor) -> None:
    answer = client.submit("/guarded", {"name": "Zoë 👩‍⚕️ عمر"})
    assert answer.get_json()["said"]["name"] == "Zoë 👩‍⚕️ عمر"


def test_a_form_without_a_token_changes_nothing_and_says_what_to_do(client: Visitor) -> None:
    answer = client.post("/guarded", data={"name": "x"})
    assert answer.status_code == 400
    assert "open for too long" in answer.text


def test_a_script_is_told_in_json_that_its_token_is_old(client: Visitor) -> None:
    answer = client.post("/guarded", json={"a": 1})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "csrf")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_request_made_by_another_site_is_refused(
    client: Visitor, headers: dict[str, str]
) -> None:
    assert client.submit("/guarded", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}]
)
def test_a_request_made_by_our_own_page_is_taken(client: Visitor, headers: dict[str, str]) -> None:
    assert client.submit("/guarded", headers=headers).status_code == 200


def test_a_spoofed_host_is_refused(client: Visitor) -> None:
    assert client.get("/guarded", headers={"Host": "evil.example"}).status_code == 400


def test_forwarded_headers_are_not_believed_without_a_proxy(client: Visitor) -> None:
    answer = client.get("/guarded", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200


def test_json_called_plain_text_is_refused(client: Visitor) -> None:
    answer = client.post("/guarded", data='{"a": 1}', content_type="text/plain")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"a": 1e400}',
        '{"a": NaN}',
        '{"a": "\\u0000"}',
        '{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        "{",
    ],
)
def test_json_that_no_database_could_keep_is_refused(client: Visitor, body: str | bytes) -> None:
    assert post_json(client, body).status_code == 400


def test_any_other_json_comes_in_as_it_was_sent(client: Visitor) -> None:
    said = {"name": "Zoë 👩‍⚕️ عمر", "path": "C:\\u0000", "number": 1.5}
    headers = {"X-CSRFToken": client.token("/guarded")}
    assert client.post("/guarded", json=said, headers=headers).get_json() == {"said": said}


@pytest.mark.parametrize("path", ["/guarded?a=%00", "/guarded%00"])
def test_a_nul_in_an_address_is_refused(client: Visitor, path: str) -> None:
    assert client.get(path).status_code == 400


def test_a_nul_in_a_form_is_refused(client: Visitor) -> None:
    assert client.submit("/guarded", {"name": "a\0b"}).status_code == 400


def test_what_is_too_large_is_refused(client: Visitor) -> None:
    assert post_json(client, "x" * 300_000).status_code == 413
    assert client.submit("/guarded", {f"f{n}": "" for n in range(50_000)}).status_code == 413


def test_a_million_parts_are_refused(client: Visitor) -> None:
    parts = {f"f{n}": "" for n in range(1_000)}
    answer = client.submit("/guarded", parts, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_a_database_that_does_not_answer_is_a_short_wait(client: Visitor) -> None:
    answer = client.get("/locked")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_failure_never_shows_its_reason(client: Visitor) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "reason" not in answer.text


def test_an_error_page_speaks_the_language_of_the_browser(client: Visitor) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert '<html lang="es"' in answer.text
    assert "No encontramos esa página" in answer.text


def test_the_log_names_the_route_and_never_the_address(
    app: Flask, client: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/link/<token>")
    @open_to(ANYONE)
    def link(token: str) -> str:
        return "shown"

    with caplog.at_level("INFO", logger="recovery.requests"):
        client.get("/link/very-secret?code=also-secret")
    assert "/link/<token>" in caplog.text
    assert "secret" not in caplog.text
