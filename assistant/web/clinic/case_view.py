"""A case as a clinician reads it: every line of the summary opens the patient's message that it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from html import escape

from assistant.records.cases import Case, Head
from assistant.records.dossier import Dossier, Line, Section
from assistant.records.judgements import Judgement
from assistant.records.plans import Plan
from assistant.web.clinic.acting import Acting
from assistant.web.clinic.course import moments_html, vitals_html
from assistant.web.clinic.marks import Words, level_mark, message_link, moment, outward, part, waiting
from assistant.web.opinion import reasoning
from assistant.web.plans.review import title_of

ORDERS = ("soap", "sbar")


def head_html(head: Head, words: Words, now: datetime | None = None) -> str:
    """Who the case is about, how urgent it is and since when; told to screen readers when it opens."""
    facts = [words["opened"].format(time=moment(head.opened_at), ago=waiting(head.opened_at, words, now))]
    if head.updated_at > head.opened_at:
        facts.append(words["last_message"].format(time=moment(head.updated_at)))
    if head.closed_at:
        facts.append(words["closed_by"].format(name=head.closed_by, time=moment(head.closed_at)))
    mark = level_mark(head.urgency, words)
    return (
        f'<div id="case" tabindex="-1" role="status"><h2>{mark} {escape(head.title)}</h2>'
        f'<p class="hint">{escape(" · ".join(facts))}</p></div>'
    )


def findings_html(case: Case, plans: Sequence[Plan], judgements: Sequence[Judgement], who: Acting) -> str:
    """All that is made of a case: summary, urgency, differential, course, vital signs, medicines, plans, judgements."""
    dossier, words = case.dossier, who.words
    left = (
        summary_html(dossier, words),
        vitals_html(dossier, who),
        medicines_html(dossier, who),
        plans_html(plans, words),
        judgements_html(judgements, who),
    )
    right = (urgency_html(dossier, words), differential_html(dossier, who), moments_html(dossier, words))
    return f'<div class="halves"><div>{"".join(left)}</div><div>{"".join(right)}</div></div>'


def summary_html(dossier: Dossier, words: Words) -> str:
    """The summary as SOAP and as SBAR, of which one shows."""
    asked = {entry.turn for entry in dossier.entries if entry.by == "patient"}
    orders = "".join(_order(order, words) for order in ORDERS)
    bodies = "".join(
        f'<div class="{order}">{"".join(_section(one, asked, words) for one in sections)}</div>'
        for order, sections in zip(ORDERS, (dossier.soap, dossier.sbar), strict=True)
    )
    choice = f'<fieldset class="order"><legend>{escape(words["summary_order"])}</legend>{orders}</fieldset>'
    hint = f'<p class="hint">{escape(words["summary_hint"])}</p>'
    return part(words["summary"], f"{choice}{hint}{bodies}", "summary")


def _order(order: str, words: Words) -> str:
    checked = " checked" if order == ORDERS[0] else ""
    return f'<label><input type="radio" name="order" value="{order}"{checked}> {escape(words[order])}</label>'


def _section(section: Section, asked: Collection[int], words: Words) -> str:
    return f"<h4>{escape(section.title)}</h4>{_lines(section.lines, asked, words)}"


def _lines(lines: Iterable[Line], asked: Collection[int], words: Words) -> str:
    return f"<ul>{''.join(f'<li>{_line(line, asked, words)}</li>' for line in lines)}</ul>"


def _line(line: Line, asked: Collection[int], words: Words) -> str:
    """A line that opens the message it came from; one that came from a rule opens its page."""
    turns = [turn for turn in line.turns if turn in asked]
    if not turns:
        return outward(line.text, line.url)
    first = f'<a class="line" href="#turn-{turns[0]}">{escape(line.text)}</a>'
    return " ".join([first, *(message_link(turn, words) for turn in turns)])


def urgency_html(dossier: Dossier, words: Words) -> str:
    """How urgent the case is, and each reason with its source."""
    reasons = [
        f"{level_mark(flag.level, words)} {escape(flag.why)} {outward(flag.source, flag.url)}" for flag in dossier.flags
    ]
    if dossier.opinion and dossier.opinion.because not in [flag.why for flag in dossier.flags]:
        reasons.append(escape(dossier.opinion.because))
    listed = f"<ul>{''.join(f'<li>{reason}</li>' for reason in reasons)}</ul>"
    none = f'<p class="hint">{escape(words["no_reason"])}</p>'
    return part(words["urgency"], f"<p>{level_mark(dossier.urgency, words)}</p>{listed if reasons else none}")


def differential_html(dossier: Dossier, who: Acting) -> str:
    """What it could be, each condition with the waterfall of what moved it."""
    if dossier.opinion is None:
        return ""
    return f'<div id="opinion">{reasoning(dossier.opinion, who.locale.page)}</div>'


def medicines_html(dossier: Dossier, who: Acting) -> str:
    """What the patient takes, and what the rules of medicines say of it together."""
    if not dossier.medicines and not dossier.medicine_notes:
        return ""
    words = who.words
    taken = ", ".join(who.wording.medicine(one) for one in dossier.medicines)
    named = f"<p>{escape(words['takes'].format(medicines=taken))}</p>" if taken else ""
    notes = "".join(
        f"<li>{escape(note.text)} {outward(words['source'], note.url)}</li>" for note in dossier.medicine_notes
    )
    none = f"<p>{escape(words['no_note'])}</p>"
    return part(words["medicines_check"], named + (f"<ul>{notes}</ul>" if notes else none))


def plans_html(plans: Sequence[Plan], words: Words) -> str:
    """The plans of the conversation; a button opens one that waits in the tab of plans."""
    return part(words["tab_plans"], f"<ul>{''.join(_plan(plan, words) for plan in plans)}</ul>") if plans else ""


def _plan(plan: Plan, words: Words) -> str:
    title = escape(title_of(plan))
    if plan.decision is None:
        label = escape(words["open_plan"])
        return f'<li>{title} <button type="button" data-plan="{escape(plan.id)}">{label}</button></li>'
    said = words["signed" if plan.decision.lines else "rejected"]
    return f"<li>{title} · {escape(said)} · {escape(plan.decided_by)}</li>"


def judgements_html(judgements: Sequence[Judgement], who: Acting) -> str:
    """What clinicians think of the differential."""
    items = "".join(f"<li>{_judgement(one, who)}</li>" for one in judgements)
    return part(who.words["judgements"], f"<ul>{items}</ul>") if judgements else ""


def _judgement(one: Judgement, who: Acting) -> str:
    named = who.wording.condition(one.condition) if one.condition else ""
    told = (one.clinician, who.wording.verdict(one.verdict), named, one.note)
    return escape(" · ".join(text for text in told if text))
