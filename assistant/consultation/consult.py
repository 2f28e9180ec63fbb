"""The consultation: how urgent the case is and why, what it could be, what to do, and what to ask next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage

from assistant.consultation.advice import advice_for
from assistant.consultation.case import Heard, hear
from assistant.consultation.differential import Differential, engine
from assistant.consultation.guidance import answering_hits, evidence_from
from assistant.consultation.history import next_topic
from assistant.consultation.library import Library
from assistant.consultation.opinions import form_opinion, named
from assistant.consultation.questions import next_question
from assistant.consultation.reading import present
from assistant.consultation.triage import LEVELS, Triage, triage
from assistant.opinion import Likely, Opinion
from assistant.safety.evidence import Citation, Evidence, Statement
from assistant.safety.grounding import repeats
from assistant.safety.red_flags import assess, fired
from assistant.visit import Visit
from knowledge.condition import Urgency
from knowledge.findings import lexicon
from knowledge.red_flags import Level, Rule

MOST_REASONS = 3
MOST_NAMED = 3
LIKELY, POSSIBLE = 0.5, 0.2
HISTORY = "history:"


@dataclass(frozen=True)
class Step:
    """The doctor's next question: what it asks for, its words, and answers to click."""

    asked: str = ""
    question: str = ""
    options: dict[str, str] | None = None


def consult(
    library: Library, complaint: str, messages: Sequence[AnyMessage], visit: Visit, earlier: Level | None = None
) -> Evidence:
    """What the doctor answers to a complaint, or to the answer to a question.

    Args:
        complaint: The last message, as the library is searched with it.
        earlier: How urgent the conversation was before, which nothing that is told later lowers.
    """
    heard = hear(messages, visit.background)
    flags = rules_of(heard, visit)
    if any(rule.level == "crisis" for rule in flags):
        return _crisis(flags, visit)
    own = _raised(triage(engine(), heard.case), flags[0].level if flags else None)
    decision = _raised(own, earlier)
    differential = engine().differential(heard.case)
    step = _next_step(heard, visit)
    opinion = form_opinion(heard, decision, flags, differential, visit, settled=not step.asked)
    before = _last_opinion(messages)
    if own.level == "emergency" and (before is None or before.level != "emergency"):
        answer = _escalation(flags, opinion, visit)
    elif step.asked and before is not None:
        answer = _going_on(opinion, before, visit, earlier)
    elif not step.asked and heard.case.there:
        answer = _conclusion(opinion, differential, visit, earlier)
    else:
        answer = _first_answer(library, complaint, opinion, flags, visit, earlier)
    return answer.model_copy(
        update={
            "question": step.question,
            "options": step.options or {},
            "asked": step.asked,
            "opinion": opinion if heard.case.there or heard.case.vitals else None,
        }
    )


def rules_of(heard: Heard, visit: Visit) -> tuple[Rule, ...]:
    """The rules that hold for everything told so far and for the answers to the doctor's questions."""
    found = assess("\n".join([visit.background, *heard.told]))
    return fired(present(found.mentions) | heard.case.present, found.age, found.vitals)


def _raised(decision: Triage, level: Level | None) -> Triage:
    """The decision, or what a rule says where that is more urgent."""
    if level and LEVELS.index(_public(level)) > LEVELS.index(decision.level):
        return Triage(_public(level), "rule")
    return decision


def _public(level: Level) -> Urgency:
    return "emergency" if level == "crisis" else level


def _next_step(heard: Heard, visit: Visit) -> Step:
    topics = {asked.removeprefix(HISTORY) for asked in heard.asked if asked.startswith(HISTORY)}
    topic = next_topic(heard.told, topics, visit)
    if heard.enough:
        return Step()
    if topic:
        question = visit.words.history[topic]
        return Step(f"{HISTORY}{topic}", question.ask, question.options)
    if not heard.case.there:
        return Step()
    asked = [name for name in heard.asked if not name.startswith(HISTORY)]
    found = next_question(engine(), heard.case, asked, lambda case: triage(engine(), case).level)
    if found is None:
        return Step()
    lexeme = lexicon()[found.finding]
    words = lexeme.ask_zh if visit.language == "zh" and lexeme.ask_zh else lexeme.ask
    return Step(found.finding, words, visit.words.answers)


def _last_opinion(messages: Sequence[AnyMessage]) -> Opinion | None:
    for message in reversed(messages):
        kept = message.additional_kwargs.get("airmed") if isinstance(message, AIMessage) else None
        if kept and kept.get("opinion"):
            return Opinion.model_validate(kept["opinion"])
    return None


# What is said ---------------------------------------------------------------------------------------


def _first_answer(
    library: Library, complaint: str, opinion: Opinion, flags: Sequence[Rule], visit: Visit, earlier: Level | None
) -> Evidence:
    """Urgency, with what the library says of the complaint until more is known."""
    advice = evidence_from(library, complaint, answering_hits(library, complaint))
    reasons, citations = _reasons(flags, visit, first=len(advice.citations))
    opening = (Statement(text=_urgency(opinion, visit, earlier)), *reasons)
    if not reasons and opinion.level == "urgent":
        opening = (*opening, Statement(text=opinion.because))
    return advice.model_copy(
        update={
            "opening": opening,
            "citations": (*advice.citations, *citations),
            "alarms": opinion.level == "emergency",
        }
    )


def _going_on(opinion: Opinion, before: Opinion, visit: Visit, earlier: Level | None) -> Evidence:
    """Between two questions: only what changed."""
    worse = LEVELS.index(opinion.level) > LEVELS.index(before.level)
    lines = [_urgency(opinion, visit, earlier), opinion.because] if worse else []
    return Evidence(opening=tuple(Statement(text=line) for line in lines), complete=True, alarms=worse)


def _conclusion(opinion: Opinion, differential: Differential, visit: Visit, earlier: Level | None) -> Evidence:
    """When nothing is left to ask: urgency, what it could be with the reasons, what to do, and when to get help."""
    words = visit.words
    first = differential.candidates[0].condition
    advice = advice_for(first, visit.language, at_home=opinion.level in ("self_care", "routine"))
    lines = [Statement(text=_urgency(opinion, visit, earlier)), Statement(text=opinion.because)]
    lines.append(Statement(text=f"**{words.conclusion['fits']}**"))
    for likely in opinion.likely[:MOST_NAMED]:
        own = 0 if likely.id == first.id and advice.citations else None
        lines.append(Statement(text=f"- {_weighed(likely, visit)}", citation=own))
    if opinion.together:
        lines.append(Statement(text=words.conclusion["together"].format(names=" + ".join(opinion.together))))
    if opinion.grave:
        names = ", ".join(likely.name for likely in opinion.grave)
        lines.append(Statement(text=words.conclusion["grave"].format(names=names)))
    lines.append(Statement(text=words.conclusion["not_a_diagnosis"]))
    return advice.model_copy(update={"opening": tuple(lines), "complete": True, "alarms": opinion.level == "emergency"})


def _weighed(likely: Likely, visit: Visit) -> str:
    """A condition with how probable it is and the findings that speak for it and against it."""
    words = visit.words.conclusion
    size = "likely" if likely.probability >= LIKELY else "possible" if likely.probability >= POSSIBLE else "less"
    text = f"**{likely.name}**: {words[size]} ({likely.probability:.0%})"
    for key, movers in (
        ("for", [m for m in likely.movers if m.weight > 0]),
        ("against", [m for m in likely.movers if m.weight < 0]),
    ):
        if movers:
            text += words[key].format(findings=", ".join(named(m, visit) for m in movers[:MOST_NAMED]))
    return f"{text}."


def _escalation(flags: Sequence[Rule], opinion: Opinion, visit: Visit) -> Evidence:
    """The whole answer to an emergency: no model words it, and history taking goes on."""
    reasons, citations = _reasons(flags, visit, first=0)
    because = () if reasons else (Statement(text=opinion.because),)
    acts: list[Statement] = []
    for place, rule in enumerate(flags[:MOST_REASONS]):
        act = getattr(rule.act, visit.language, rule.act.en) if rule.act else ""
        if act and not repeats(act, [said.text for said in acts]):
            acts.append(Statement(text=act, citation=place))
    return Evidence(
        opening=(Statement(text=visit.say(visit.words.emergency)), *reasons, *because),
        closing=tuple(acts),
        citations=citations,
        complete=True,
        alarms=True,
    )


def _crisis(flags: Sequence[Rule], visit: Visit) -> Evidence:
    """The path of its own for thoughts of suicide and self-harm: support, the lines to call, and a question."""
    reasons, citations = _reasons([rule for rule in flags if rule.level == "emergency"], visit, first=0)
    return Evidence(
        opening=tuple(Statement(text=visit.say(line)) for line in visit.words.crisis),
        statements=reasons,
        citations=citations,
        question=visit.words.crisis_goes_on,
        complete=True,
        alarms=True,
    )


def _urgency(opinion: Opinion, visit: Visit, earlier: Level | None) -> str:
    words = visit.words
    if earlier == "crisis":
        return visit.say(words.crisis_reminder)
    said = {
        "emergency": words.emergency_reminder,
        "urgent": words.urgent,
        "routine": words.routine,
        "self_care": words.self_care,
    }
    return visit.say(said[opinion.level])


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
