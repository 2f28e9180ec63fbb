"""Every handler of the clinician's page first asks who is there: one decorator, so that none can forget to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import gradio as gr

from assistant.consultation.opinions import finding_name
from assistant.locales import Locale, locale
from assistant.records.exports.wording import Wording
from assistant.visit import Visit
from assistant.web.desk import Desk
from assistant.web.patient import circumstances
from assistant.web.telling import telling
from knowledge.findings import lexicon

KEEP = gr.skip()
Handler = Callable[..., Any]


@dataclass(frozen=True)
class Acting:
    """Who acts, and in which language the page speaks to them."""

    name: str
    visit: Visit

    @cached_property
    def locale(self) -> Locale:
        """All the words of that language."""
        return locale(self.visit.language)

    @property
    def words(self) -> dict[str, str]:
        """Those of the clinician's page."""
        return self.locale.clinic

    @property
    def wording(self) -> Wording:
        """What things of a case are called in that language."""
        return Wording.of(self.visit.language)

    def finding(self, name: str) -> str:
        """What a finding is called; its id where the vocabulary has lost it."""
        return finding_name(name, self.visit) if name in lexicon() else name.replace("_", " ")


class AtDesk(Protocol):
    """Something that stands at the desk."""

    desk: Desk


def acting(role: str) -> Callable[[Handler], Handler]:
    """Let a method run for who is signed in in a role, and tell anybody else in one sentence what to do.

    The method takes who acts; the handler that Gradio calls takes a token and a request in its place. Where
    something goes wrong the page stays as it is.
    """

    def guarded(method: Handler) -> Handler:
        def handler(self: AtDesk, token: str, request: gr.Request, *given: Any) -> Any:
            visit = visit_of(request, self.desk)
            with telling(locale(visit.language).clinic["broken"]):
                member = self.desk.records.staff.act(token, role)
                return method(self, Acting(member.name, visit), *given)
            return KEEP

        return _marked(handler, method, role)

    return guarded


def watching(role: str) -> Callable[[Handler], Handler]:
    """Let a method that a clock calls run for who is signed in in a role; it keeps nobody signed in, and is silent."""

    def guarded(method: Handler) -> Handler:
        def handler(self: AtDesk, token: str, request: gr.Request, *given: Any) -> Any:
            visit = visit_of(request, self.desk)
            if not self.desk.records.staff.holds(token, role):
                return KEEP
            with telling(locale(visit.language).clinic["broken"]):
                return method(self, Acting("", visit), *given)
            return KEEP

        return _marked(handler, method, role)

    return guarded


def _marked(handler: Handler, method: Handler, role: str) -> Handler:
    handler.__name__, handler.__doc__ = method.__name__, method.__doc__
    handler.role = role  # type: ignore[attr-defined]
    return handler


def pressed(event: gr.EventData, what: str) -> str:
    """What the button that was pressed stands for."""
    told = event._data
    return str(told.get(what, "")) if isinstance(told, dict) else ""


def visit_of(request: gr.Request, desk: Desk) -> Visit:
    """The language and the country of who looks at the page."""
    return Visit(*circumstances(request, desk))
