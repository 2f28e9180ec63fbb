"""What happens in the tab of cases: finding them, opening one, judging its differential, closing and exporting it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from assistant.consultation.opinions import condition_name
from assistant.errors import InputError
from assistant.records.cases import Case, Head
from assistant.records.dossier import RANKS
from assistant.records.exports import Export, to_fhir, to_markdown, to_pdf
from assistant.records.filters import Filters
from assistant.records.judgements import VERDICTS
from assistant.web.clinic.acting import KEEP, Acting, acting, pressed, watching
from assistant.web.clinic.asking import Asked, answer_html, parts_of, read
from assistant.web.clinic.case_view import findings_html, head_html
from assistant.web.clinic.marks import Words
from assistant.web.clinic.transcript import record_html
from assistant.web.clinic.worklist import worklist_html
from assistant.web.desk import Desk
from assistant.web.download import cached
from knowledge.corpus import conditions

MOST = 50  # cases in the list at once
MOST_ENTRIES = 200  # of the log that go with an export


@dataclass(frozen=True)
class Opened:
    """The case that is open, and when it last changed as far as the page shows."""

    id: str = ""
    seen: datetime | None = None


class Seen(NamedTuple):
    """What a handler changes; what it does not name stays as it is."""

    query: Any = KEEP
    reading: Any = KEEP
    parts: Any = KEEP
    levels: Any = KEEP
    status: Any = KEEP
    answer: Any = KEEP
    cases: Any = KEEP
    hint: Any = KEEP
    opened: Any = KEEP
    column: Any = KEEP
    head: Any = KEEP
    close: Any = KEEP
    reopen: Any = KEEP
    news: Any = KEEP
    findings: Any = KEEP
    verdict: Any = KEEP
    condition: Any = KEEP
    note: Any = KEEP
    record: Any = KEEP


class CasesTab:
    """What happens in the tab."""

    role = "clinician"

    def __init__(self, desk: Desk) -> None:
        """Take the desk that the page stands at."""
        self.desk = desk

    def full(self, who: Acting) -> Seen:
        """The worklist as who comes in finds it."""
        return self.bare()._replace(cases=self._list(who, Asked(), ""), hint=_hint(who.words["choose_case"]))

    def bare(self) -> Seen:
        """The tab with nothing in it."""
        parts = gr.CheckboxGroup(choices=[], value=[], visible=False)
        return Seen("", None, parts, [], Asked().status, "", "", **_closed())

    # The worklist -----------------------------------------------------------------------------------

    @acting("clinician")
    def search(self, who: Acting, query: str, levels: list[str], status: str, opened: Opened) -> Seen:
        """Read what is asked in words, and find the cases that meet it."""
        reading = read(query)
        parts = parts_of(reading)
        shown = gr.CheckboxGroup(choices=parts, value=[key for _, key in parts], visible=bool(parts))
        return self._found(who, Asked(reading, [key for _, key in parts], levels, status), opened)._replace(
            reading=reading, parts=shown
        )

    @acting("clinician")
    def narrow(self, who: Acting, opened: Opened, *asked: Any) -> Seen:
        """Find again with another filter, or without a part of what was read."""
        return self._found(who, Asked(*asked), opened)

    @watching("clinician")
    def refresh(self, who: Acting, opened: Opened, *asked: Any) -> Seen:
        """The worklist as it is now, and whether the open case changed; one that was erased goes from the page."""
        seen = Seen(cases=self._list(who, Asked(*asked), opened.id))
        head = self._head(opened.id)
        if opened.id and head is None:
            return seen._replace(**_closed(who.words["case_gone"]))
        return seen._replace(news=news_html(head, who.words) if head and head.updated_at != opened.seen else "")

    def _found(self, who: Acting, asked: Asked, opened: Opened) -> Seen:
        found = self.desk.finder.find(asked.filters, MOST)
        shown = worklist_html(found.heads, found.total, opened.id, who.words)
        return Seen(cases=shown, answer=answer_html(asked, found, who.words))

    def _list(self, who: Acting, asked: Asked, opened: str) -> str:
        found = self.desk.finder.find(asked.filters, MOST)
        return worklist_html(found.heads, found.total, opened, who.words)

    def _head(self, identifier: str) -> Head | None:
        """The head of a case; nothing where there is none any more."""
        found = self.desk.records.cases.worklist(Filters(closed=None), 1, [identifier])
        return found[0] if found else None

    # A case -----------------------------------------------------------------------------------------

    @acting("clinician")
    def open(self, who: Acting, identifier: str, *asked: Any) -> Seen:
        """Open a case, which the log notes."""
        case = self.desk.records.cases.case(identifier)
        self.desk.records.audit.note(who.name, "opened", case.head.id)
        dossier = case.dossier
        shown = [picture for entry in dossier.entries for picture in entry.pictures]
        pictures = self.desk.doctor.pictures(case.head.thread, shown)
        return Seen(
            cases=self._list(who, Asked(*asked), case.head.id),
            hint="",
            opened=Opened(case.head.id, case.head.updated_at),
            column=gr.Column(visible=True),
            head=head_html(case.head, who.words),
            news="",
            findings=self._findings(case, who),
            verdict=None,
            condition=gr.Dropdown(choices=choices_of(case, who), value=None),
            note="",
            record=record_html(dossier, pictures, who.words),
            **_either(case.head),
        )

    def pick(self, token: str, event: gr.EventData, request: gr.Request, *asked: Any) -> Any:
        """Open the case whose button was pressed."""
        return self.open(token, request, pressed(event, "case"), *asked)

    def _findings(self, case: Case, who: Acting) -> str:
        records = self.desk.records
        return findings_html(case, records.plans.of_thread(case.head.thread), records.judgements.of(case.head.id), who)

    def _case(self, opened: Opened, words: Words) -> Case:
        if not opened.id:
            raise InputError(words["choose_case"])
        return self.desk.records.cases.case(opened.id)

    @acting("clinician")
    def judge(self, who: Acting, opened: Opened, verdict: str | None, condition: str | None, note: str) -> Seen:
        """Keep what a clinician thinks of the differential."""
        case = self._case(opened, who.words)
        if verdict not in VERDICTS:
            raise InputError(who.words["choose_verdict"])
        self.desk.records.judgements.give(case.head.id, who.name, verdict, condition or "", note)
        self.desk.records.audit.note(who.name, "judged", case.head.id, {"verdict": verdict, "condition": condition})
        gr.Info(who.words["told_judged"])
        return Seen(findings=self._findings(case, who), verdict=None, condition=gr.Dropdown(value=None), note="")

    @acting("clinician")
    def close(self, who: Acting, opened: Opened, *asked: Any) -> Seen:
        """Take the case off the worklist; a new message of the patient's brings it back."""
        case = self._case(opened, who.words)
        self.desk.records.cases.close(case.head.id, who.name)
        return self._marked(who, opened, "closed", asked)

    @acting("clinician")
    def reopen(self, who: Acting, opened: Opened, *asked: Any) -> Seen:
        """Put a closed case back on the worklist."""
        case = self._case(opened, who.words)
        self.desk.records.cases.reopen(case.head.id)
        return self._marked(who, opened, "reopened", asked)

    def _marked(self, who: Acting, opened: Opened, action: str, asked: tuple[Any, ...]) -> Seen:
        """Note what was done with the case, and show it as it is now."""
        self.desk.records.audit.note(who.name, action, opened.id)
        gr.Info(who.words[f"told_{action}"])
        head = self._case(opened, who.words).head
        found = self._list(who, Asked(*asked), head.id)
        return Seen(cases=found, head=head_html(head, who.words), **_either(head))

    # Exports ----------------------------------------------------------------------------------------

    @acting("clinician")
    def pdf(self, who: Acting, opened: Opened) -> str:
        """The case as PDF."""
        return cached(to_pdf(self._export(who, opened, "pdf")), f"case_{opened.id}.pdf")

    @acting("clinician")
    def markdown(self, who: Acting, opened: Opened) -> str:
        """The case as Markdown."""
        return cached(to_markdown(self._export(who, opened, "markdown")).encode(), f"case_{opened.id}.md")

    @acting("clinician")
    def fhir(self, who: Acting, opened: Opened) -> str:
        """The case as a FHIR R4 document."""
        found = json.dumps(to_fhir(self._export(who, opened, "fhir")), indent=2, ensure_ascii=False)
        return cached(found.encode(), f"case_{opened.id}.fhir.json")

    def _export(self, who: Acting, opened: Opened, form: str) -> Export:
        """What is handed on, and a note of it in the log, which the export holds already."""
        records, case = self.desk.records, self._case(opened, who.words)
        records.audit.note(who.name, "exported", case.head.id, {"format": form})
        return Export(
            case=case,
            plans=tuple(records.plans.of_thread(case.head.thread)),
            judgements=tuple(records.judgements.of(case.head.id)),
            entries=tuple(records.audit.entries(MOST_ENTRIES, subject=case.head.id)),
        )


def _closed(hint: str = "") -> dict[str, Any]:
    """No case on the page, and what to do about it."""
    empty = dict.fromkeys(("head", "news", "findings", "note", "record"), "")
    none = {"verdict": None, "condition": gr.Dropdown(choices=[], value=None)}
    return {**empty, **none, "hint": _hint(hint), "opened": Opened(), "column": gr.Column(visible=False)}


def _either(head: Head) -> dict[str, Any]:
    """The button that closes an open case, or the one that reopens a closed one."""
    return {"close": gr.Button(visible=not head.closed_at), "reopen": gr.Button(visible=bool(head.closed_at))}


def _hint(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def news_html(head: Head, words: Words) -> str:
    """That the open case changed, with a button that opens it as it is now."""
    label = f'<button type="button" data-case="{escape(head.id)}">{escape(words["open_again"])}</button>'
    return f'<p role="status" class="news">{escape(words["case_changed"])} {label}</p>'


def choices_of(case: Case, who: Acting) -> list[tuple[str, str]]:
    """The conditions to choose from: those of the differential first, then all others by name."""
    opinion = case.dossier.opinion
    likely = [one.id for one in (*opinion.likely, *opinion.grave)] if opinion else []
    named = {one.id: condition_name(one, who.visit) for one in conditions()}
    others = sorted((name for name in named if name not in likely), key=lambda name: named[name].casefold())
    return [(named.get(name, name), name) for name in (*likely, *others)]


def levels_of(words: Words) -> list[tuple[str, str]]:
    """The urgencies to choose from, the highest first."""
    return [(words[f"level_{level}"], level) for level in reversed(RANKS)]


def verdicts_of(words: Words) -> Sequence[tuple[str, str]]:
    """What can be thought of a differential."""
    return [(words[f"verdict_{verdict}"], verdict) for verdict in VERDICTS]
