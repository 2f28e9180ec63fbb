"""What happens in the tab of plans: choosing and drafting plans, signing or rejecting one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from assistant.errors import InputError
from assistant.records.plans import Decision, PlanDraft, Proposal
from assistant.web.clinic.acting import KEEP, Acting, acting, pressed, watching
from assistant.web.desk import Desk
from assistant.web.download import cached
from assistant.web.plans import review
from assistant.web.plans.form import Form, form_of_file

MOST_DECIDED = 20
TAB = "plans"


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


class PlansTab:
    """What happens in the tab."""

    role = "clinician"

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def full(self, who: Acting) -> All:
        """The tab as a clinician finds it."""
        seen = Seen(self._waiting(who.words), decided=self._decided(who.words), **_bare(who.words))
        return (*seen, *Form())

    def bare(self) -> All:
        """The tab with nothing in it."""
        return (*Seen(gr.Radio(choices=[], value=None), decided="", **_bare()), *Form())

    # The lists --------------------------------------------------------------------------------------

    @watching("clinician")
    def refresh(self, who: Acting) -> tuple[Any, Any]:
        """The lists as they are now."""
        return self._waiting(who.words), self._decided(who.words)

    def _waiting(self, words: review.Words) -> Any:
        choices = [(review.title_of(plan), plan.id) for plan in self.desk.records.plans.waiting()]
        return gr.Radio(choices=choices, info="" if choices else words["none_waiting"])

    def _decided(self, words: review.Words) -> str:
        book = self.desk.records.plans
        return review.decided_html([(plan, book.is_intact(plan)) for plan in book.decided(MOST_DECIDED)], words)

    # A plan on the bench ----------------------------------------------------------------------------

    @acting("clinician")
    def choose(self, who: Acting, identifier: str) -> All:
        """Take a plan that waits."""
        plan = self.desk.records.plans.plan(identifier)
        state = who.words["drafted"].format(time=f"{plan.drafted_at:%d %B %Y, %H:%M}")
        bench = Bench(plan.id, plan.proposal.record, plan.proposal)
        seen = _laid(bench, state, "", who.words)._replace(waiting=gr.Radio(value=plan.id))
        return (*seen, *Form.of(plan.proposal.record))

    def pick(self, token: str, event: gr.EventData, request: gr.Request) -> Any:
        """Take the plan whose button was pressed beside its case."""
        taken = self.choose(token, request, pressed(event, "plan"))
        return (gr.Tabs(selected=TAB), *taken) if isinstance(taken, tuple) else KEEP

    @acting("clinician")
    def read(self, who: Acting, path: str, *fields: Any) -> All:
        """Fill the form in from a file, of which a clinician may upload so many."""
        self.desk.pace.upload(who.name, who.name, who.locale.page)
        form, notes = form_of_file(Path(path), Form(*fields))
        return (*Seen(changed=review.changed_html((who.words["read"], *notes), who.words)), *form)

    @acting("clinician")
    def draft(self, who: Acting, bench: Bench, *fields: Any) -> All:
        """Draft for the record in the form, and say what it changes."""
        from assistant.consultation.planning import proposal_for
        from generators.plans.record import read_record

        told = Form(*fields).record()
        record = read_record(told)
        if not record.conditions:
            raise InputError(" ".join([who.words["unknown"], *record.notes]))
        proposal = proposal_for(record, who.visit)
        changed = review.changes(bench.proposal, proposal, who.words) if bench.proposal else ()
        shown = review.changed_html(changed, who.words)
        return (*_laid(Bench(bench.plan, told, proposal), who.words["own"], shown, who.words), *UNTOUCHED)

    @acting("clinician")
    def clear(self, who: Acting) -> All:
        """A bench with nothing on it."""
        return (*Seen(gr.Radio(value=None), **_bare(who.words)), *Form())

    @acting("clinician")
    def look(self, who: Acting, bench: Bench, number: int) -> tuple[Any, Any]:
        """Look at another draft."""
        one = bench.draft(number, who.words)
        return review.table_of(one), review.reasons_html(one, who.words)

    # The decision -----------------------------------------------------------------------------------

    @acting("clinician")
    def sign(self, who: Acting, bench: Bench, number: int, rows: Sequence[Sequence[Any]], note: str) -> All:
        """Sign the lines that are kept."""
        decision = review.decision_of(bench.draft(number, who.words), rows, note)
        self._decide(bench, who.name, decision)
        gr.Info(who.words["told_signed"])
        return self.full(who)

    @acting("clinician")
    def reject(self, who: Acting, bench: Bench, note: str) -> All:
        """Sign nothing, and say why."""
        bench.draft(0, who.words)
        if not note.strip():
            raise InputError(who.words["why_rejected"])
        self._decide(bench, who.name, Decision(lines=(), note=note.strip()))
        gr.Info(who.words["told_rejected"])
        return self.full(who)

    def _decide(self, bench: Bench, name: str, decision: Decision) -> None:
        plans, proposal = self.desk.records.plans, bench.proposal
        if proposal is None:
            return
        plan = plans.plan(bench.plan) if bench.plan else plans.propose("", proposal)
        corrected = {} if bench.record == plan.proposal.record else bench.record
        self.desk.doctor.decide(plan.id, name, decision.model_copy(update={"record": corrected}))

    @acting("clinician")
    def fhir(self, who: Acting, bench: Bench, number: int) -> str:
        """The draft as a FHIR R4 Bundle, which says that nobody has signed it."""
        from assistant.consultation.planning import DRAFTS
        from generators.plans.drafting import draft
        from generators.plans.exchange import bundle
        from generators.plans.record import read_record

        bench.draft(number, who.words)
        record = read_record(bench.record)
        found = bundle(record, draft(record, DRAFTS).drafts[number or 0], bench.plan or "draft")
        return cached(json.dumps(found, indent=2, ensure_ascii=False).encode(), "plan_draft.fhir.json")


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
