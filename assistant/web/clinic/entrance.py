"""Who comes in and goes: signing in, the tabs that a role sees, and nothing left on the page afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple, Protocol

import gradio as gr

from assistant.errors import AirmedError
from assistant.locales import locale
from assistant.web.clinic.acting import KEEP, Acting, visit_of
from assistant.web.clinic.elsewhere import ticket_of
from assistant.web.desk import Desk
from assistant.web.telling import telling

All = tuple[Any, ...]
HASHED = 16  # hexadecimal digits of the name that was given where nobody was let in


class Room(Protocol):
    """A tab: what is in it, for whom."""

    role: str

    def full(self, who: Acting) -> All:
        """The tab as who has come in finds it."""

    def bare(self) -> All:
        """The tab with nothing in it."""


class Door(NamedTuple):
    """What changes when somebody comes or goes, beside what is in the tabs."""

    outside: Any
    inside: Any
    token: Any
    password: Any
    who: Any


class Entrance:
    """The way in and out of all tabs."""

    def __init__(self, desk: Desk, rooms: dict[str, Room]) -> None:
        """Take the desk that the page stands at, and the tabs by their ids, in their order."""
        self.desk, self.rooms = desk, rooms

    def open(self, token: str, request: gr.Request) -> Any:
        """The page of who is signed in, or comes with a ticket; the way in stands open already."""
        staff, ticket = self.desk.records.staff, ticket_of(request)
        if staff.holds(token):
            return self._inside(token, request)
        return self._inside(self._change(ticket), request) if staff.holds(ticket) else KEEP

    def sign_in(self, name: str, password: str, request: gr.Request) -> Any:
        """Let somebody in."""
        with telling(locale(visit_of(request, self.desk).language).clinic["broken"]):
            return self._inside(self._let_in(name, password), request)
        return KEEP

    def sign_out(self, token: str) -> All:
        """Let somebody go, with nothing left on the page."""
        self.desk.records.staff.leave(token)
        return self._outside()

    def stay(self, token: str) -> Any:
        """The way in, for who was signed out meanwhile; to ask keeps nobody signed in."""
        return self._outside() if token and not self.desk.records.staff.holds(token) else KEEP

    def _change(self, ticket: str) -> str:
        """A session for a ticket, which is then good for nothing."""
        token = self.desk.records.staff.renew(ticket)
        self.desk.records.audit.note(self.desk.records.staff.who(token).name, "signed_in")
        return token

    def _let_in(self, name: str, password: str) -> str:
        staff, audit = self.desk.records.staff, self.desk.records.audit
        try:
            token = staff.enter(name, password)
        except AirmedError:
            given = hashlib.sha256(str(name).encode(errors="replace")).hexdigest()[:HASHED]
            audit.note(f"sha256:{given}", "refused", "sign_in")
            raise
        audit.note(staff.who(token).name, "signed_in")
        return token

    def _inside(self, token: str, request: gr.Request) -> Any:
        visit = visit_of(request, self.desk)
        words = locale(visit.language).clinic
        with telling(words["broken"]):
            member = self.desk.records.staff.who(token)
            who = escape(words["who"].format(name=member.name))
            first = next(name for name, room in self.rooms.items() if room.role == member.role)
            door = Door(gr.Column(visible=False), gr.Column(visible=True), token, "", who)
            acts = Acting(member.name, visit)
            rooms = [room.full(acts) if room.role == member.role else room.bare() for room in self._all]
            return (*door, *self._tabs(member.role), gr.Tabs(selected=first), *_flat(rooms))
        return self._outside()

    def _outside(self) -> All:
        door = Door(gr.Column(visible=True), gr.Column(visible=False), "", "", "")
        return (*door, *self._tabs(""), KEEP, *_flat([room.bare() for room in self._all]))

    @property
    def _all(self) -> list[Room]:
        return list(self.rooms.values())

    def _tabs(self, role: str) -> list[gr.Tab]:
        """Those that are there for a role."""
        return [gr.Tab(visible=room.role == role) for room in self._all]


def _flat(rooms: Sequence[All]) -> All:
    return tuple(value for room in rooms for value in room)
