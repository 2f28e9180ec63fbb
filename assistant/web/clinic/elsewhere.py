"""Signing in with an account kept elsewhere, by OpenID Connect: Hugging Face's on a Space, or a hospital's own.

Who comes back from there gets a ticket in a cookie that scripts cannot read, and the page changes it at once into a
session of our own, so that nobody stays signed in longer than half an hour without doing anything.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from assistant.errors import InputError, SettingsError
from assistant.settings import Settings

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session
    from fastapi import FastAPI

    from assistant.records.keeping import Records

START, CALLBACK, PAGE = "/login/openid", "/login/callback", "/clinician"
STATE, TICKET = "airmed-state", "airmed-ticket"
STATE_FOR, TICKET_FOR = 600, 60  # seconds
PATIENCE = 20  # seconds for an answer of the provider
DESCRIPTION = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, section 4
NO_PACKAGE = "To sign in with accounts kept elsewhere needs a package more: pip install 'airmed[openid]'."
STALE = "This way in was opened too long ago, or in another browser"
SILENT = "{provider} did not say who you are"
AGAIN = "{why}; go back to the page {page} and sign in again."


class Elsewhere:
    """The provider of the accounts, and which of them may come in.

    Attributes:
        provider: Its host; empty where there is no such way in.
    """

    def __init__(self, settings: Settings, records: Records) -> None:
        """Let those in whom the settings name, and nobody whom they do not name any longer.

        Raises:
            SettingsError: A package is missing.
        """
        self._settings, self._records = settings, records
        roles = dict.fromkeys(settings.clinicians, "clinician") | dict.fromkeys(settings.auditors, "auditor")
        self.provider = urlsplit(settings.openid_provider).netloc if settings.openid_client and roles else ""
        if self.provider:
            _check_package()
        records.staff.vouch({self._name(account): role for account, role in roles.items()} if self.provider else {})

    def _name(self, account: str) -> str:
        """How somebody is called here; plans are signed with it."""
        return f"{account.casefold()} ({self.provider})"

    def begin(self, request: Request) -> Response:
        """Send somebody to the provider."""
        verifier = secrets.token_urlsafe(48)
        try:
            with self._client() as client:
                endpoint = self._described()["authorization_endpoint"]
                address, state = client.create_authorization_url(endpoint, code_verifier=verifier)
        except Exception as error:
            return self._refused(error)
        answer = RedirectResponse(address, 302)
        self._give(answer, STATE, f"{state}.{verifier}", STATE_FOR)
        return answer

    def finish(self, request: Request) -> Response:
        """Let in who comes back from the provider."""
        state, _, verifier = request.cookies.get(STATE, "").partition(".")
        told = request.query_params
        try:
            if not state or not secrets.compare_digest(state, told.get("state", "")):
                raise InputError(STALE)
            name = self._name(self._account(told.get("code", ""), verifier))
            ticket = self._ticket(name)
        except Exception as error:
            return self._refused(error)
        answer = RedirectResponse(PAGE, 302)
        answer.delete_cookie(STATE)
        self._give(answer, TICKET, ticket, TICKET_FOR)
        return answer

    def _account(self, code: str, verifier: str) -> str:
        """Whose account it is, asked of the provider itself, so that nothing that the browser carried is believed."""
        with self._client() as client:
            described = self._described()
            client.fetch_token(described["token_endpoint"], code=code, code_verifier=verifier)
            told = client.get(described["userinfo_endpoint"])
            told.raise_for_status()
            return str(told.json()["preferred_username"])

    def _ticket(self, name: str) -> str:
        try:
            return self._records.staff.enter_vouched(name)
        except InputError:
            self._records.audit.note(name, "refused", "sign_in")
            raise

    def _client(self) -> OAuth2Session:
        from authlib.integrations.requests_client import OAuth2Session

        settings = self._settings
        return OAuth2Session(
            settings.openid_client,
            settings.openid_secret.get_secret_value(),
            scope="openid profile",
            redirect_uri=f"{settings.public_url}{CALLBACK}",
            code_challenge_method="S256",
            default_timeout=PATIENCE,
        )

    def _described(self) -> Mapping[str, str]:
        """Where the provider does what."""
        told = httpx.get(f"{self._settings.openid_provider.rstrip('/')}{DESCRIPTION}", timeout=PATIENCE)
        told.raise_for_status()
        described: dict[str, str] = told.json()
        return described

    def _refused(self, error: Exception) -> Response:
        logging.getLogger(__name__).warning("somebody could not sign in: %s", type(error).__name__)
        why = str(error) if isinstance(error, InputError) else SILENT.format(provider=self.provider)
        return PlainTextResponse(AGAIN.format(why=why.rstrip("."), page=PAGE), 403)

    def _give(self, answer: Response, name: str, value: str, seconds: int) -> None:
        secure = self._settings.public_url.startswith("https:")
        answer.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="lax")


def add_way_in(app: FastAPI, elsewhere: Elsewhere) -> None:
    """Let the app that Gradio has launched send people to the provider and take them back."""
    if elsewhere.provider:
        app.add_route(START, elsewhere.begin, methods=["GET"], include_in_schema=False)
        app.add_route(CALLBACK, elsewhere.finish, methods=["GET"], include_in_schema=False)


def ticket_of(request: Any) -> str:
    """The ticket that somebody brought from the provider; empty where there is none."""
    return str(request.cookies.get(TICKET, ""))


def _check_package() -> None:
    try:
        import authlib.integrations.requests_client  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError(NO_PACKAGE) from error
