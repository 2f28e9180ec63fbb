"""How soon a complaint should be seen, why, what to do now, and what to ask next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assistant.consultation.guidance import answering_hits, evidence_from
from assistant.consultation.history import next_question
from assistant.consultation.library import Library
from assistant.safety.evidence import Citation, Evidence, Statement
from assistant.safety.grounding import repeats
from assistant.safety.red_flags import Assessment, assess, most_urgent
from assistant.visit import Visit
from knowledge.condition import Condition, load_article
from knowledge.corpus import HERE, Passage
from knowledge.red_flags import Level, Rule

Triage = Literal["emergency", "urgent", "routine", "self_care"]
MOST_REASONS = 3
SURE_OF_THE_CONDITION = 0.5


def assess_complaint(
    library: Library, complaint: str, told: Sequence[str], visit: Visit, earlier: Level | None = None
) -> Evidence:
    """Urgency, reasons, advice and the next question for what the patient has told so far.

    Args:
        earlier: How urgent the conversation was before, which nothing that is told later lowers.
    """
    found = assess("\n".join(told))
    question, options = next_question(told, visit)
    if found.level in ("crisis", "emergency"):
        return _escalation(found, visit, question, options)
    near = answering_hits(library, complaint)
    advice = evidence_from(library, complaint, near)
    words = visit.words
    level = most_urgent([found.level, earlier])
    if level is None:
        home = triage(found, near[0].passage if near and near[0].similarity >= SURE_OF_THE_CONDITION else None)
        opening = (Statement(text=words.self_care if home == "self_care" else words.routine),)
        return advice.model_copy(update={"opening": opening, "question": question, "options": options})
    calls = {"urgent": words.urgent, "emergency": words.emergency_reminder, "crisis": words.crisis_reminder}
    reasons, citations = _reasons(found.flags, visit, first=len(advice.citations))
    return advice.model_copy(
        update={
            "opening": (Statement(text=visit.say(calls[level])), *reasons),
            "citations": (*advice.citations, *citations),
            "question": question,
            "options": options,
            "alarms": level != "urgent",
        }
    )


def triage(found: Assessment, nearest: Passage | None) -> Triage:
    """The level of urgency: the red flags', else self-care where the nearest article says so, else routine."""
    if found.level:
        return "emergency" if found.level == "crisis" else found.level
    if nearest is not None:
        about = _condition(nearest.document)
        if about is not None and about.urgency == "self_care":
            return "self_care"
    return "routine"


def _escalation(found: Assessment, visit: Visit, question: str, options: dict[str, str]) -> Evidence:
    """The whole answer to an emergency or a crisis: no model words it, and history taking goes on."""
    words = visit.words
    reasons, citations = _reasons(found.flags, visit, first=0)
    if found.crisis:
        others = [rule for rule in found.flags if rule.level == "emergency"]
        reasons, citations = _reasons(others, visit, first=0)
        opening = tuple(Statement(text=visit.say(line)) for line in words.crisis)
        return Evidence(
            opening=opening,
            statements=reasons,
            citations=citations,
            question=words.crisis_goes_on,
            complete=True,
            alarms=True,
        )
    acts: list[Statement] = []
    for place, rule in enumerate(found.flags[:MOST_REASONS]):
        act = getattr(rule.act, visit.language, rule.act.en) if rule.act else ""
        if act and not repeats(act, [said.text for said in acts]):
            acts.append(Statement(text=act, citation=place))
    return Evidence(
        opening=(Statement(text=visit.say(words.emergency)), *reasons),
        closing=tuple(acts),
        citations=citations,
        question=question,
        options=options,
        complete=True,
        alarms=True,
    )


def _reasons(flags: Sequence[Rule], visit: Visit, first: int) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Why each rule fired, with its source; citations are counted from `first`."""
    told = flags[:MOST_REASONS]
    reasons = tuple(
        Statement(text=getattr(rule.why, visit.language, rule.why.en), citation=first + place)
        for place, rule in enumerate(told)
    )
    citations = tuple(
        Citation(
            id=f"rule:{rule.id}",
            name=rule.source.title,
            text=getattr(rule.why, visit.language, rule.why.en),
            publisher=rule.source.publisher,
            url=str(rule.source.url),
        )
        for rule in told
    )
    return reasons, citations


def _condition(document: str) -> Condition | None:
    path = HERE / "conditions" / f"{document.removesuffix('.zh')}.md"
    if not path.exists():
        return None
    about = load_article(path).about
    return about if isinstance(about, Condition) else None
