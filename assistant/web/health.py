"""What a load balancer and Prometheus ask of a server: `/health`, `/ready` and `/metrics`."""

from __future__ import annotations

import ipaddress

from fastapi import FastAPI
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from assistant.records.database import Database
from assistant.settings import Settings
from assistant.web.bearer import shows
from assistant.web.limits import Pace
from assistant.web.metrics import Metrics

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")  # what a proxy adds for somebody elsewhere
ELSEWHERE = "Metrics are shown to this machine alone; set AIRMED_METRICS_TOKEN to read them from elsewhere."
UNKNOWN = "Send the token of AIRMED_METRICS_TOKEN as Authorization: Bearer."


class Probes:
    """Answers the three questions.

    Attributes:
        opened: Whether the doctor is open.
    """

    def __init__(self, settings: Settings, pace: Pace, database: Database, metrics: Metrics) -> None:
        """Take what is asked about."""
        self._token = settings.metrics_token.get_secret_value()
        self._pace, self._database, self._metrics = pace, database, metrics
        self.opened = False

    async def health(self, request: Request) -> Response:
        """Whether the process is alive; it answers at once, whatever else is busy."""
        return PlainTextResponse("Airmed is alive.")

    def ready(self, request: Request) -> Response:
        """Whether messages would be answered now: 200, or 503 and one sentence."""
        fault = self._fault()
        return PlainTextResponse(fault or "Airmed is ready.", 503 if fault else 200)

    def metrics(self, request: Request) -> Response:
        """What was counted, for who shows the token; where none is set, for who asks from this machine."""
        if self._token and not shows(request.headers.get("authorization", ""), self._token):
            return PlainTextResponse(UNKNOWN, 401, {"WWW-Authenticate": "Bearer"})
        if not self._token and not is_here(request):
            return PlainTextResponse(ELSEWHERE, 403)
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_LATEST)

    def _fault(self) -> str:
        if self._pace.shut:
            return "Airmed is about to end."
        if not self.opened:
            return "The doctor is being opened."
        try:
            with self._database.reading() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return "The database does not answer."
        return ""


def add_routes(app: FastAPI, probes: Probes) -> None:
    """Let the app that Gradio has launched answer the three paths."""
    for name in ("health", "ready", "metrics"):
        app.add_route(f"/{name}", getattr(probes, name), methods=["GET"], include_in_schema=False)


def is_here(request: Request) -> bool:
    """Whether a request comes from this machine, and not through a proxy on it from elsewhere."""
    if not request.client or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
