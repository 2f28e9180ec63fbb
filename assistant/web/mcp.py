"""Six of Airmed's tools for other people's agents, over the Model Context Protocol (streamable HTTP), behind a token.

A caller sees the conversation whose key it passes, and no other; nothing of the pages is here.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import cached_property, wraps
from typing import Annotated, Any

import anyio
from mcp.server.fastmcp import FastMCP, Image
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import Field, ValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.consultation.library import Library, open_library
from assistant.doctor import check_message
from assistant.errors import AirmedError, InputError
from assistant.locales import DEFAULT, locale
from assistant.safety.evidence import Evidence
from assistant.visit import Visit
from assistant.web.bearer import shows
from assistant.web.desk import Desk, is_key
from assistant.web.endpoints import BROKEN, UNKNOWN_THREAD

PATH = "/mcp"
LARGEST_CALL = 1_048_576  # bytes
ABOUT = (
    "Airmed is a virtual doctor for information and research, no medical device: it makes no diagnosis and can be "
    "wrong. Every finding names its source. Pictures and molecules are synthetic. In an emergency, call for help."
)
UNTOLD = "There is no health problem to summarise in a conversation of this key."
UNKNOWN_TOKEN = "Send the token of this server as Authorization: Bearer."
HERE = ("127.0.0.1", "localhost", "[::1]")
Row = dict[str, Any]
Text = Annotated[str, Field(description="At most 4000 characters, English or Chinese.")]
log = logging.getLogger(__name__)


class Tools:
    """What is offered; each function is a tool of its name, and its docstring is what an agent reads of it."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the pages stand at."""
        self._desk = desk

    @cached_property
    def _library(self) -> Library:
        return open_library(self._desk.settings, self._desk.doctor.embedder)

    def assess(
        self,
        text: Text,
        age: Annotated[float | None, Field(description="Years, from 0 to 130.")] = None,
        sex: Annotated[str, Field(description="female or male; empty where it is not known.")] = "",
    ) -> Row:
        """Say how urgent symptoms are, by which red flags, and what they could be; told as a patient tells them."""
        from assistant.commands.talk import assess_rows

        row = {"id": "assess", "text": check_message(text, Visit()), "age": age, "sex": sex}
        return {name: value for name, value in next(assess_rows([row])).items() if name != "id"}

    def search(self, query: Text, count: Annotated[int, Field(ge=1, le=20, description="Passages.")] = 5) -> Row:
        """Find passages of health guidance, each with its publisher and address."""
        hits = self._library.search(check_message(query, Visit()), count)
        passages = [
            {"title": hit.passage.name, "text": hit.passage.text, "score": round(hit.score, 4)}
            | {"publisher": hit.passage.publisher, "url": hit.passage.url}
            for hit in hits
        ]
        return {"passages": passages}

    def check(
        self,
        record: Annotated[Row, Field(description="age, sex, medications, allergies, ..., or a FHIR R4 Bundle.")],
        candidate: Annotated[str, Field(description="The medicine in question.")],
    ) -> Row:
        """Check a medicine against a patient's record: interactions, allergies, pregnancy, kidneys, age, genes."""
        from assistant.commands.plans import checked
        from generators.plans.reading import read

        known = read(record)
        return {**checked(known, check_message(candidate, Visit())), "notes": list(known.notes)}

    def generate_image(
        self, wish: Annotated[str, Field(description='For example "two chest X-rays with bacterial pneumonia".')]
    ) -> list[Any]:
        """Make synthetic chest X-rays, chest CTs or brain MRIs, marked as such; they show nobody."""
        from assistant.consultation.illustration import illustrate

        pngs: list[bytes] = []
        evidence = illustrate(check_message(wish, Visit()), Visit(), lambda event: pngs.append(event["png"]))
        if not pngs:
            raise InputError(_said(evidence))
        return [_said(evidence), *(Image(data=png, format="png") for png in pngs)]

    def propose_molecules(
        self, wish: Annotated[str, Field(description='For example "five molecules like ibuprofen, logP 2 to 3".')]
    ) -> Row:
        """Design new drug-like molecules for a goal; nobody has made or tested one."""
        from assistant.consultation.proposing import propose

        evidence = propose(check_message(wish, Visit()), Visit(), lambda event: None)
        if not evidence.molecules:
            raise InputError(_said(evidence))
        return {"said": _said(evidence), **evidence.model_dump(mode="json", include={"molecules", "citations"})}

    def summarise(
        self,
        thread: Annotated[str, Field(description="The key that /chat gave with the conversation's first answer.")],
        language: Annotated[str, Field(description="en or zh.")] = DEFAULT,
    ) -> Row:
        """Summarise your own conversation as a SOAP note for a doctor, each line linked to its message."""
        if not is_key(thread):
            raise InputError(UNKNOWN_THREAD)
        note = self._desk.doctor.summary(thread, Visit(language))
        if not note.citations:
            raise InputError(UNTOLD)
        return {"text": note.text, "messages": [{"name": one.name, "text": one.text} for one in note.citations]}


class Server(FastMCP[None]):
    """FastMCP that tells what goes wrong in one sentence, without the words that were sent."""

    async def call_tool(self, name: str, arguments: Row) -> Any:
        """See the base class."""
        try:
            return await super().call_tool(name, arguments)
        except ToolError as error:
            raise ToolError(_sentence(error)) from None


class Guarded:
    """An app that lets in who shows the token, and tells nobody else anything."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        """Take the app and its token."""
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        headers = dict(scope.get("headers", ()))
        shown = headers.get(b"authorization", b"").decode("latin-1")
        if scope["type"] == "lifespan" or shows(shown, self._token):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = JSONResponse({"error": UNKNOWN_TOKEN}, 401, {"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


def make_app(desk: Desk, token: str, port: int) -> ASGIApp:
    """The server as an ASGI app."""
    tools = Tools(desk)
    server = Server(
        "Airmed",
        ABOUT,
        stateless_http=True,
        json_response=True,
        log_level="WARNING",
        max_request_body_size=LARGEST_CALL,
        streamable_http_path=PATH,
        transport_security=rebinding_protection(desk.settings.mcp_hosts, port),
    )
    for tool in (tools.assess, tools.search, tools.check, tools.propose_molecules, tools.summarise):
        server.add_tool(_in_thread(tool, desk), structured_output=True)
    server.add_tool(_in_thread(tools.generate_image, desk), structured_output=False)
    return Guarded(server.streamable_http_app(), token)


def rebinding_protection(others: str, port: int) -> TransportSecuritySettings:
    """Take calls by the names of this machine alone, so that no page of elsewhere reaches it through a browser.

    Args:
        others: More names, commas between; with them a port may be missing, as behind a proxy.
    """
    more = [name.strip() for name in others.split(",") if name.strip()]
    hosts = [*(f"{name}:{port}" for name in (*HERE, *more)), *more]
    origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _in_thread(tool: Callable[..., Any], desk: Desk) -> Callable[..., Awaitable[Any]]:
    """A tool that runs beside the server's loop, as one of the answers that may be written at once."""

    @wraps(tool)
    async def called(**arguments: Any) -> Any:
        def run() -> Any:
            with desk.pace.answering("mcp", locale(DEFAULT).page):
                return tool(**arguments)

        return await anyio.to_thread.run_sync(run)

    return called


def _said(evidence: Evidence) -> str:
    return " ".join(statement.text for statement in evidence.opening)


def _sentence(error: ToolError) -> str:
    """What a caller hears of an error; what it sent does not stand in it, and goes to no log."""
    cause = error.__cause__
    if cause is None:
        return "There is no tool of that name."
    if isinstance(cause, AirmedError):
        return str(cause)
    if isinstance(cause, ValidationError):
        first = cause.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}."
    log.error("a tool could not be run: %s", type(cause).__name__)
    return BROKEN
