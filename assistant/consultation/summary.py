"""A SOAP note from the conversation, every line linked to the patient's message that it came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from assistant.consultation.differential import is_talk
from assistant.consultation.reading import Mention, State, read_findings
from assistant.consultation.turns import made_for, turns
from assistant.safety.evidence import Citation, Evidence, Statement, evidence_of
from assistant.safety.red_flags import RANK, Assessment, assess
from assistant.visit import Visit
from knowledge.findings import lexicon
from knowledge.red_flags import Rule, rules

LONGEST_QUOTE = 280
MOST_ADVICE = 6


def summarise(messages: Sequence[AnyMessage], visit: Visit, flags: Collection[str] = ()) -> Evidence:
    """The note; when no health problem was told yet, one sentence that says so.

    Args:
        flags: Ids of the rules that fired during the conversation; what was told later takes none of them back.
    """
    told = [str(message.text) for message in messages if isinstance(message, HumanMessage)]
    about_health = _turns_about_health(messages)
    if not about_health:
        return Evidence(opening=(Statement(text=visit.words.summary_empty),), complete=True)
    found = assess("\n".join(told[turn] for turn in about_health))
    citations = tuple(
        Citation(id=f"turn:{turn + 1}", name=_turn(visit, turn), text=told[turn], publisher="", url="")
        for turn in about_health
    )
    lines = [
        Statement(text=f"### {visit.words.summary_title}"),
        *_subjective(told, about_health, found, visit),
        *_objective(told, about_health, found, visit),
        *_assessment([rule for rule in rules() if rule in found.flags or rule.id in flags], visit),
        *_plan(messages, visit),
    ]
    return Evidence(opening=tuple(lines), citations=citations, complete=True)


def _turns_about_health(messages: Sequence[AnyMessage]) -> list[int]:
    """Numbers of the patient's messages that led to an assessment or hold a finding, and asked for no picture."""
    told = [turn for turn in turns(messages) if isinstance(turn[0], HumanMessage)]
    return [
        number
        for number, turn in enumerate(told)
        if not made_for(turn) and (read_findings(turn[0].text) or _assessed(turn))
    ]


def _assessed(turn: Sequence[AnyMessage]) -> bool:
    calls = [call for message in turn if isinstance(message, AIMessage) for call in message.tool_calls]
    return any(call["name"] == "assess_symptoms" for call in calls)


def _subjective(told: list[str], turns: list[int], found: Assessment, visit: Visit) -> list[Statement]:
    words = visit.words.summary
    lines = [Statement(text=f"**{words['subjective']}**")]
    for place, turn in enumerate(turns):
        quote = " ".join(told[turn].split())
        short = quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE]}..."
        lines.append(Statement(text=f"- “{short}”", citation=place))
    states: dict[str, tuple[State, ...]] = {"found": ("present",), "not_found": ("absent",), "earlier": ("past",)}
    for label, wanted in states.items():
        lines += _finding_line(words[label], wanted, told, turns, visit)
    return lines


def _finding_line(
    label: str, wanted: tuple[State, ...], told: list[str], turns: list[int], visit: Visit
) -> list[Statement]:
    names: dict[str, int] = {}
    for place, turn in enumerate(turns):
        for mention in read_findings(told[turn]):
            if mention.state in wanted and not is_talk(mention.finding):
                names.setdefault(_name(mention, visit), place)
    if not names:
        return []
    listed = ", ".join(f"{name} [{place + 1}]" for name, place in names.items())
    return [Statement(text=f"- {label}: {listed}")]


def _objective(told: list[str], turns: list[int], found: Assessment, visit: Visit) -> list[Statement]:
    words = visit.words.summary
    lines = [Statement(text=f"**{words['objective']}**")]
    person = [words[found.sex]] if found.sex else []
    if found.age is not None:
        person.append(words["years"].format(age=f"{found.age:.2g}" if found.age < 2 else f"{found.age:.0f}"))
    if person:
        lines.append(Statement(text=f"- {words['person']}: {', '.join(person)}"))
    for place, turn in enumerate(turns):
        for vital, value in assess(told[turn]).vitals.items():
            lines.append(Statement(text=f"- {vital.replace('_', ' ')}: {value:g}", citation=place))
    return lines if len(lines) > 1 else [*lines, Statement(text=f"- {words['nothing']}")]


def _assessment(fired: list[Rule], visit: Visit) -> list[Statement]:
    words = visit.words
    lines = [Statement(text=f"**{words.summary['assessment']}**")]
    for rule in sorted(fired, key=lambda rule: -RANK[rule.level]):
        why = getattr(rule.why, visit.language, rule.why.en)
        lines.append(
            Statement(text=f"- {words.levels[rule.level]}: {why} ({rule.source.publisher}, {rule.source.title})")
        )
    return lines if fired else [*lines, Statement(text=f"- {words.summary['no_flag']}")]


def _plan(messages: Sequence[AnyMessage], visit: Visit) -> list[Statement]:
    """The sources of the advice that was given, each once."""
    given: dict[str, str] = {}
    for message in messages:
        evidence = evidence_of(message.artifact) if isinstance(message, ToolMessage) else None
        for citation in evidence.citations if evidence and not evidence.pictures else ():
            if citation.url:
                given.setdefault(citation.name, citation.url)
    lines = [Statement(text=f"**{visit.words.summary['plan']}**")]
    advice = [Statement(text=f"- [{name}]({url})") for name, url in list(given.items())[:MOST_ADVICE]]
    return [*lines, *(advice or [Statement(text=f"- {visit.words.summary['nothing']}")])]


def _turn(visit: Visit, turn: int) -> str:
    return visit.words.summary["turn"].format(turn=turn + 1)


def _name(mention: Mention, visit: Visit) -> str:
    lexeme = lexicon()[mention.finding]
    return lexeme.name_zh if visit.language == "zh" else lexeme.name
