"""A SOAP note from the conversation, every line linked to the patient's message that it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from langchain_core.messages import AnyMessage, ToolMessage

from assistant.consultation.differential import is_talk
from assistant.consultation.opinions import finding_name
from assistant.consultation.reading import State, read_findings
from assistant.consultation.turns import patient_words, turns_about_health
from assistant.records.dossier import Line, Section
from assistant.safety.evidence import Citation, Evidence, Statement, evidence_of
from assistant.safety.red_flags import RANK, Assessment, assess
from assistant.visit import Visit
from knowledge.red_flags import Rule, rules

LONGEST_QUOTE = 280
MOST_ADVICE = 6


def summarise(messages: Sequence[AnyMessage], visit: Visit, flags: Collection[str] = ()) -> Evidence:
    """The note as an answer; when no health problem was told yet, one sentence that says so.

    Args:
        flags: Ids of the rules that fired during the conversation; what was told later takes none of them back.
    """
    about_health = turns_about_health(messages)
    if not about_health:
        return Evidence(opening=(Statement(text=visit.words.summary_empty),), complete=True)
    told = patient_words(messages)
    citations = tuple(
        Citation(id=f"turn:{turn}", name=_turn(visit, turn), text=told[turn - 1], publisher="", url="")
        for turn in about_health
    )
    places = {turn: place for place, turn in enumerate(about_health)}
    lines = [Statement(text=f"### {visit.words.summary_title}")]
    for section in soap(messages, visit, flags):
        lines.append(Statement(text=f"**{section.title}**"))
        lines += [_statement(line, places) for line in section.lines]
    return Evidence(opening=tuple(lines), citations=citations, complete=True)


def _statement(line: Line, places: dict[int, int]) -> Statement:
    text = f"[{line.text}]({line.url})" if line.url else line.text
    return Statement(text=f"- {text}", citation=places[line.turns[0]] if line.turns else None)


def soap(messages: Sequence[AnyMessage], visit: Visit, flags: Collection[str] = ()) -> tuple[Section, ...]:
    """The four parts of the note, each line with the number of the patient's message that it came from, from 1."""
    told = {turn: patient_words(messages)[turn - 1] for turn in turns_about_health(messages)}
    found = assess("\n".join(told.values()))
    fired = [rule for rule in rules() if rule in found.flags or rule.id in flags]
    parts = {
        "subjective": _subjective(told, visit),
        "objective": _objective(told, found, visit),
        "assessment": _assessment(fired, visit),
        "plan": _plan(messages),
    }
    nothing = {name: visit.words.summary["nothing"] for name in parts} | {"assessment": visit.words.summary["no_flag"]}
    return tuple(
        Section(name=name, title=visit.words.summary[name], lines=tuple(lines) or (Line(text=nothing[name]),))
        for name, lines in parts.items()
    )


def _subjective(told: dict[int, str], visit: Visit) -> list[Line]:
    words = visit.words.summary
    lines = [Line(text=f"“{shortened(text)}”", turns=(turn,)) for turn, text in told.items()]
    states: dict[str, State] = {"found": "present", "not_found": "absent", "earlier": "past"}
    for label, state in states.items():
        lines += _finding_lines(words[label], state, told, visit)
    return lines


def shortened(text: str) -> str:
    """A message in one line, as long as a quotation may be."""
    quote = " ".join(text.split())
    return quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE]}..."


def _finding_lines(label: str, state: State, told: dict[int, str], visit: Visit) -> Iterator[Line]:
    """A line for every message that first told findings of a state."""
    known: set[str] = set()
    for turn, text in told.items():
        mentions = [one for one in read_findings(text) if one.state == state and not is_talk(one.finding)]
        names = [
            name for name in dict.fromkeys(finding_name(one.finding, visit) for one in mentions) if name not in known
        ]
        known.update(names)
        if names:
            yield Line(text=f"{label}: {', '.join(names)}", turns=(turn,))


def _objective(told: dict[int, str], found: Assessment, visit: Visit) -> list[Line]:
    words = visit.words.summary
    person = [words[found.sex]] if found.sex else []
    if found.age is not None:
        person.append(words["years"].format(age=f"{found.age:.2g}" if found.age < 2 else f"{found.age:.0f}"))
    lines = [Line(text=f"{words['person']}: {', '.join(person)}")] if person else []
    for turn, text in told.items():
        vitals = assess(text).vitals
        lines += [Line(text=f"{vital.replace('_', ' ')}: {value:g}", turns=(turn,)) for vital, value in vitals.items()]
    return lines


def _assessment(fired: list[Rule], visit: Visit) -> list[Line]:
    lines = []
    for rule in sorted(fired, key=lambda rule: -RANK[rule.level]):
        why = getattr(rule.why, visit.language, rule.why.en)
        level = visit.words.levels[rule.level]
        lines.append(Line(text=f"{level}: {why} ({rule.source.publisher}, {rule.source.title})"))
    return lines


def _plan(messages: Sequence[AnyMessage]) -> list[Line]:
    """The sources of the advice that was given, each once."""
    given: dict[str, str] = {}
    for message in messages:
        evidence = evidence_of(message.artifact) if isinstance(message, ToolMessage) else None
        for citation in evidence.citations if evidence and not evidence.pictures else ():
            if citation.url:
                given.setdefault(citation.name, citation.url)
    return [Line(text=name, url=url) for name, url in list(given.items())[:MOST_ADVICE]]


def _turn(visit: Visit, turn: int) -> str:
    return visit.words.summary["turn"].format(turn=turn)
