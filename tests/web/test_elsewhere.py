"""Signing in with an account kept elsewhere: a provider of the test's own, and everything that may go wrong with it."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from assistant.errors import InputError, SettingsError
from assistant.records.keeping import Records, open_records
from assistant.settings import Settings, settings
from assistant.web.clinic.elsewhere import CALLBACK, PAGE, START, STATE, TICKET, Elsewhere, add_way_in
from assistant.web.clinic.entrance import Entrance
from tests.web.server import free_port

OURS = "https://airmed.example"
CODE = "one-time"


class Provider:
    """Says who has just signed in there, to who shows the code, the secret and the verifier."""

    def __init__(self) -> None:
        self.account, self.challenge = "Alice", ""
        self.url = f"http://127.0.0.1:{free_port()}"

    def describe(self, request: Request) -> Response:
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return JSONResponse({f"{name}_endpoint": f"{self.url}/{path}" for name, path in names.items()})

    async def token(self, request: Request) -> Response:
        told = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        proof = base64.urlsafe_b64encode(hashlib.sha256(told["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        known = request.headers["authorization"] == f"Basic {base64.b64encode(b'airmed:hidden').decode()}"
        if not known or told["code"] != CODE or proof != self.challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "token", "token_type": "Bearer", "expires_in": 3600})

    def userinfo(self, request: Request) -> Response:
        right = request.headers["authorization"] == "Bearer token"
        return JSONResponse({"sub": "1", "preferred_username": self.account} if right else {}, 200 if right else 401)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    offered, app = Provider(), FastAPI()
    app.add_route("/.well-known/openid-configuration", offered.describe)
    app.add_route("/token", offered.token, methods=["POST"])
    app.add_route("/userinfo", offered.userinfo)
    server = uvicorn.Server(uvicorn.Config(app, port=urlsplit(offered.url).port or 0, log_config=None))
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.01)
    yield offered
    server.should_exit = True
    running.join()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(Settings(data_dir=tmp_path))
    yield opened
    opened.database.engine.dispose()


def chosen(provider: Provider, **more: Any) -> Settings:
    known = {"openid_provider": provider.url, "openid_client": "airmed", "openid_secret": "hidden"}
    return Settings(**{**known, "public_url": OURS, "clinicians": "alice, bob", "auditors": "carol", **more})


def browser(provider: Provider, records: Records, **more: Any) -> TestClient:
    app = FastAPI()
    add_way_in(app, Elsewhere(chosen(provider, **more), records))
    return TestClient(app, base_url=OURS, follow_redirects=False)


def sent(visitor: TestClient, provider: Provider) -> str:
    """Go to the provider: the state that comes back with who signed in there."""
    answer = visitor.get(START)
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.headers["location"].startswith(f"{provider.url}/authorize?")
    assert told["redirect_uri"] == [f"{OURS}{CALLBACK}"] and told["code_challenge_method"] == ["S256"]
    provider.challenge = told["code_challenge"][0]
    return told["state"][0]


def back(visitor: TestClient, state: str, code: str = CODE) -> Any:
    return visitor.get(CALLBACK, params={"state": state, "code": code})


@pytest.mark.parametrize(("account", "role"), [("Alice", "clinician"), ("BOB", "clinician"), ("carol", "auditor")])
def test_who_is_named_comes_in_with_the_role_that_the_settings_give(
    provider: Provider, records: Records, account: str, role: str
) -> None:
    visitor, provider.account = browser(provider, records), account
    answer = back(visitor, sent(visitor, provider))
    assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
    cookies = [one for one in answer.headers.get_list("set-cookie") if one.startswith(TICKET)]
    assert all(part in cookies[0] for part in ("HttpOnly", "Secure", "SameSite=lax"))
    member = records.staff.who(visitor.cookies[TICKET])
    assert (member.role, member.name.partition(" ")[0]) == (role, account.casefold())
    assert STATE not in visitor.cookies


def test_who_is_not_named_stays_out_and_is_noted(provider: Provider, records: Records) -> None:
    visitor, provider.account = browser(provider, records), "mallory"
    answer = back(visitor, sent(visitor, provider))
    assert answer.status_code == 403 and answer.text.startswith("mallory") and "AIRMED_CLINICIANS" in answer.text
    assert TICKET not in visitor.cookies
    assert [entry.action for entry in records.audit.entries(9)] == ["refused"]


@pytest.mark.parametrize("state", ["", "made-up", "ü"])
def test_a_callback_that_nobody_asked_for_is_refused(provider: Provider, records: Records, state: str) -> None:
    visitor, provider.account = browser(provider, records), "Alice"
    assert back(visitor, state).status_code == 403
    right = sent(visitor, provider)
    assert back(visitor, state).status_code == 403 and back(browser(provider, records), right).status_code == 403
    assert back(visitor, right, "another code").status_code == 403
    assert TICKET not in visitor.cookies


def test_a_silent_provider_is_one_sentence(provider: Provider, records: Records) -> None:
    visitor = browser(provider, records, openid_provider=f"http://127.0.0.1:{free_port()}")
    answer = visitor.get(START)
    assert answer.status_code == 403 and "did not say who you are" in answer.text and "Traceback" not in answer.text


def test_a_ticket_opens_the_page_once(provider: Provider, records: Records) -> None:
    visitor, provider.account = browser(provider, records), "Alice"
    back(visitor, sent(visitor, provider))
    ticket = visitor.cookies[TICKET]
    renewed = Entrance(SimpleNamespace(records=records), {})._change(ticket)  # type: ignore[arg-type]
    assert records.staff.who(renewed).name.startswith("alice (127.0.0.1:")
    assert not records.staff.holds(ticket)
    with pytest.raises(InputError, match="not signed in"):
        records.staff.renew(ticket)
    assert [entry.action for entry in records.audit.entries(9)] == ["signed_in"]


def test_no_password_opens_an_account_that_is_kept_elsewhere(provider: Provider, records: Records) -> None:
    Elsewhere(chosen(provider), records)
    name = f"alice ({urlsplit(provider.url).netloc})"
    for password in ("", "correct horse battery"):
        with pytest.raises(InputError, match="do not belong together"):
            records.staff.enter(name, password)


def test_who_is_named_no_longer_is_out_at_the_next_start(provider: Provider, records: Records) -> None:
    records.staff.add("Dr Grey", "correct horse battery", "clinician")
    kept = records.staff.enter("Dr Grey", "correct horse battery")
    Elsewhere(chosen(provider), records)
    token = records.staff.enter_vouched(f"bob ({urlsplit(provider.url).netloc})")
    Elsewhere(chosen(provider, clinicians="alice"), records)
    assert not records.staff.holds(token) and records.staff.holds(kept)
    Elsewhere(Settings(), records)
    with pytest.raises(InputError, match="may not come in"):
        records.staff.enter_vouched(f"alice ({urlsplit(provider.url).netloc})")


def test_without_a_provider_or_names_there_is_no_such_way_in(provider: Provider, records: Records) -> None:
    for without in ({"clinicians": "", "auditors": ""}, {"openid_client": ""}):
        visitor = browser(provider, records, **without)
        assert visitor.get(START).status_code == visitor.get(CALLBACK).status_code == 404


def test_a_space_tells_all_but_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "OPENID_PROVIDER_URL": "https://huggingface.co",
        "OAUTH_CLIENT_ID": "id",
        "OAUTH_CLIENT_SECRET": "secret",
        "SPACE_HOST": "airmed.hf.space,airmed.example",
        "AIRMED_CLINICIANS": "alice, bob,",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    found = Settings()
    assert (found.openid_provider, found.openid_client) == ("https://huggingface.co", "id")
    assert (found.public_url, found.clinicians) == ("https://airmed.hf.space", ("alice", "bob"))


def test_a_provider_without_a_way_back_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROVIDER", "CLIENT"):
        monkeypatch.setenv(f"AIRMED_OPENID_{name}", "https://login.example")
    settings.cache_clear()
    with pytest.raises(SettingsError, match=r"^AIRMED_PUBLIC_URL is missing; give the address"):
        settings()
    settings.cache_clear()
