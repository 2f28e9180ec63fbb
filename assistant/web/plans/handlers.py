"""What happens on the clinician's page: signing in, choosing and drafting plans, signing or rejecting one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from assistant.errors import InputError
from assistant.locales import locale
from assistant.records.plans import Decision, PlanDraft, Proposal
from assistant.visit import Visit
from assistant.web.desk import Desk
from assistant.web.download import cached
from assistant.web.patient import circumstances
from assistant.web.plans import review
from assistant.web.plans.form import Form, form_of_file
from assistant.web.telling import telling

KEEP = gr.skip()
MOST_DECIDED = 20


@dataclass(frozen=True)
class Bench:
    """What lies on a clinician's bench.

    Attributes:
        plan: The id of a plan that waits; empty for drafts that the clinician made.
        record: The record that the drafts are for.
    """

    plan: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    proposal: Proposal | None = None

    def draft(self, number: int | None, words: review.Words) -> PlanDraft:
        """One of the drafts.

        Raises:
            InputError: There is none.
        """
        if self.proposal is None:
            raise InputError(words["nothing"])
        return self.proposal.drafts[number or 0]


class Seen(NamedTuple):
    """What a handler changes beside the form; what it does not name stays as it is."""

    outside: Any = KEEP
    inside: Any = KEEP
    token: Any = KEEP
    password: Any = KEEP
    who: Any = KEEP
    waiting: Any = KEEP
    bench: Any = KEEP
    drafted: Any = KEEP
    summary: Any = KEEP
    changed: Any = KEEP
    choice: Any = KEEP
    lines: Any = KEEP
    note: Any = KEEP
    reasons: Any = KEEP
    decided: Any = KEEP


UNTOUCHED = Form(*[KEEP] * len(Form._fields))
All = tuple[Any, ...]


class PlansPage:
    """What happens on the page; nothing of it for who is not signed in."""

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def words(self, request: gr.Request) -> dict[str, str]:
        """The page's words for a visitor."""
        return locale(circumstances(request, self.desk)[0]).clinic

    def _name(self, token: str) -> str:
        """Who is signed in; asked first by everything that shows or changes a plan."""
        return self.desk.clinicians.name_of(token)

    # Who is there -----------------------------------------------------------------------------------

    def open(self, token: str, request: gr.Request) -> All:
        """The bench of who is signed in; the way in stands open already."""
        return self._inside(token, self.words(request)) if self.desk.clinicians.holds(token) else _all()

    def sign_in(self, name: str, password: str, request: gr.Request) -> All:
        """Let a clinician in."""
        words = self.words(request)
        with telling(words["broken"]):
            return self._inside(self.desk.clinicians.enter(name, password), words)
        return _all()

    def sign_out(self, token: str) -> All:
        """Let a clinician go, with nothing left on the page."""
        self.desk.clinicians.leave(token)
        return self._outside()

    def _outside(self) -> All:
        shown, hidden = gr.Column(visible=True), gr.Column(visible=False)
        none = gr.Radio(choices=[], value=None)
        return (*Seen(shown, hidden, "", "", "", none, decided="", **_bare()), *Form())

    def _inside(self, token: str, words: review.Words) -> All:
        with telling(words["broken"]):
            name = self._name(token)
            who, waiting, decided = escape(words["who"].format(name=name)), self._waiting(words), self._decided(words)
            shown, hidden = gr.Column(visible=True), gr.Column(visible=False)
            return (*Seen(hidden, shown, token, "", who, waiting, decided=decided, **_bare(words)), *Form())
        return self._outside()

    def _after(self, token: str) -> All:
        """The page as it is after what could not be done; the way in for who was signed out meanwhile."""
        return _all() if self.desk.clinicians.holds(token) else self._outside()

    # The lists --------------------------------------------------------------------------------------

    def refresh(self, token: str, request: gr.Request) -> tuple[Any, Any]:
        """The lists as they are now; asking for them keeps nobody signed in."""
        words = self.words(request)
        return (self._waiting(words), self._decided(words)) if self.desk.clinicians.holds(token) else (KEEP, KEEP)

    def _waiting(self, words: review.Words) -> Any:
        choices = [(review.title_of(plan), plan.id) for plan in self.desk.doctor.plans.waiting()]
        return gr.Radio(choices=choices, info="" if choices else words["none_waiting"])

    def _decided(self, words: review.Words) -> str:
        book = self.desk.doctor.plans
        return review.decided_html([(plan, book.is_intact(plan)) for plan in book.decided(MOST_DECIDED)], words)

    # A plan on the bench ----------------------------------------------------------------------------

    def choose(self, token: str, identifier: str, request: gr.Request) -> All:
        """Take a plan that waits."""
        words = self.words(request)
        with telling(words["broken"]):
            self._name(token)
            plan = self.desk.doctor.plans.plan(identifier)
            state = words["drafted"].format(time=f"{plan.drafted_at:%d %B %Y, %H:%M}")
            bench = Bench(plan.id, plan.proposal.record, plan.proposal)
            return (*_laid(bench, state, "", words), *Form.of(plan.proposal.record))
        return self._after(token)

    def read(self, token: str, path: str, request: gr.Request, *fields: Any) -> All:
        """Fill the form in from a file."""
        words = self.words(request)
        with telling(words["broken"]):
            self._name(token)
            form, notes = form_of_file(Path(path), Form(*fields))
            return (*Seen(changed=review.changed_html((words["read"], *notes), words)), *form)
        return self._after(token)

    def draft(self, token: str, bench: Bench, request: gr.Request, *fields: Any) -> All:
        """Draft for the record in the form, and say what it changes."""
        from assistant.consultation.planning import proposal_for
        from generators.plans.record import read_record

        words = self.words(request)
        with telling(words["broken"]):
            self._name(token)
            told = Form(*fields).record()
            record = read_record(told)
            if not record.conditions:
                raise InputError(" ".join([words["unknown"], *record.notes]))
            proposal = proposal_for(record, Visit(*circumstances(request, self.desk)))
            changed = review.changes(bench.proposal, proposal, words) if bench.proposal else ()
            seen = _laid(Bench(bench.plan, told, proposal), words["own"], review.changed_html(changed, words), words)
            return (*seen, *UNTOUCHED)
        return self._after(token)

    def clear(self, token: str, request: gr.Request) -> All:
        """A bench with nothing on it."""
        words = self.words(request)
        with telling(words["broken"]):
            self._name(token)
            return (*Seen(waiting=gr.Radio(value=None), **_bare(words)), *Form())
        return self._after(token)

    def look(self, token: str, bench: Bench, number: int, request: gr.Request) -> tuple[Any, Any]:
        """Look at another draft."""
        words = self.words(request)
        with telling(words["broken"]):
            self._name(token)
            one = bench.draft(number, words)
            return review.table_of(one), review.reasons_html(one, words)
        return KEEP, KEEP

    # The decision -----------------------------------------------------------------------------------

    def sign(
        self, token: str, bench: Bench, number: int, rows: Sequence[Sequence[Any]], note: str, request: gr.Request
    ) -> All:
        """Sign the lines that are kept."""
        words = self.words(request)
        with telling(words["broken"]):
            name = self._name(token)
            decision = review.decision_of(bench.draft(number, words), rows, note)
            self._decide(bench, name, decision)
            gr.Info(words["told_signed"])
            return self._cleared(words)
        return self._after(token)

    def reject(self, token: str, bench: Bench, note: str, request: gr.Request) -> All:
        """Sign nothing, and say why."""
        words = self.words(request)
        with telling(words["broken"]):
            name = self._name(token)
            bench.draft(0, words)
            if not note.strip():
                raise InputError(words["why_rejected"])
            self._decide(bench, name, Decision(lines=(), note=note.strip()))
            gr.Info(words["told_rejected"])
            return self._cleared(words)
        return self._after(token)

    def _decide(self, bench: Bench, name: str, decision: Decision) -> None:
        doctor, proposal = self.desk.doctor, bench.proposal
        if proposal is None:
            return
        plan = doctor.plans.plan(bench.plan) if bench.plan else doctor.plans.propose("", proposal)
        corrected = {} if bench.record == plan.proposal.record else bench.record
        doctor.decide(plan.id, name, decision.model_copy(update={"record": corrected}))

    def _cleared(self, words: review.Words) -> All:
        waiting = self._waiting(words)
        return (*Seen(waiting=waiting, decided=self._decided(words), **_bare(words)), *Form())

    def fhir(self, token: str, bench: Bench, number: int, request: gr.Request) -> str | None:
        """The draft as a FHIR R4 Bundle, which says that nobody has signed it."""
        from assistant.consultation.planning import DRAFTS
        from generators.plans.drafting import draft
        from generators.plans.exchange import bundle
        from generators.plans.record import read_record

        words = self.words(request)
        with telling(words["broken"]):
            self._name(token)
            bench.draft(number, words)
            record = read_record(bench.record)
            found = bundle(record, draft(record, DRAFTS).drafts[number or 0], bench.plan or "draft")
            return cached(json.dumps(found, indent=2, ensure_ascii=False).encode(), "plan_draft.fhir.json")
        return None


def _all() -> All:
    """Everything as it is."""
    return (*Seen(), *UNTOUCHED)


def _bare(words: review.Words | None = None) -> dict[str, Any]:
    """A bench with nothing on it, and what to do with it."""
    hint = f"<p>{escape(words['nothing'])}</p>" if words else ""
    none = {"choice": gr.Radio(choices=[], value=None), "lines": [], "note": "", "reasons": ""}
    return {"bench": Bench(), "drafted": gr.Column(visible=False), "summary": hint, "changed": "", **none}


def _laid(bench: Bench, state: str, changed: str, words: review.Words) -> Seen:
    """Drafts laid on the bench, the best before the clinician's eyes."""
    proposal = bench.proposal
    if proposal is None:
        return Seen()
    first = proposal.drafts[0]
    return Seen(
        bench=bench,
        drafted=gr.Column(visible=True),
        summary=review.summary_html(proposal, state, words),
        changed=changed,
        choice=gr.Radio(choices=_choices(proposal, words), value=0),
        lines=review.table_of(first),
        note="",
        reasons=review.reasons_html(first, words),
    )


def _choices(proposal: Proposal, words: review.Words) -> list[tuple[str, int]]:
    def named(draft: PlanDraft) -> str:
        return ", ".join(line.name for line in review.begun(draft)) or words["no_medicine"]

    drafts = enumerate(proposal.drafts)
    return [(words["draft_one"].format(number=place + 1, medicines=named(one)), place) for place, one in drafts]
