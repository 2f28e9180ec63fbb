"""From a conversation to the case that a clinician reads, in which every line knows where it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from assistant.consultation.case import LASTING, hear
from assistant.consultation.differential import is_talk
from assistant.consultation.medicating import against, sentence
from assistant.consultation.opinions import finding_name
from assistant.consultation.patient import record_of
from assistant.consultation.reading import read_findings
from assistant.consultation.summary import shortened, soap
from assistant.consultation.turns import patient_words, turns_about_health
from assistant.events import Answered
from assistant.opinion import Opinion
from assistant.records.dossier import RANKS, Dossier, Entry, Finding, Flag, Line, Measured, Moment, Section
from assistant.records.implied import implied_by
from assistant.safety.red_flags import RANK, assess
from assistant.visit import Visit
from generators.plans.record import Record
from knowledge.corpus import conditions
from knowledge.findings import lexicon
from knowledge.medicines.names import name_of
from knowledge.red_flags import Level, rules

AT = "at"  # where a message keeps when it was sent
MOST_NAMED = 4
STATES = {"present": "present", "resolved": "present", "absent": "absent", "past": "past"}


def dossier_of(
    messages: Sequence[AnyMessage], flags: Collection[str], urgency: Level | None, visit: Visit
) -> Dossier | None:
    """The case of a conversation; None where no health problem was told.

    Args:
        flags: Ids of the rules that fired.
        urgency: How urgent the rules found it; the opinion may find it more so.
    """
    about = turns_about_health(messages)
    if not about:
        return None
    told, entries = patient_words(messages), tuple(_entries(messages))
    heard, record = hear(messages, visit.background), record_of(told)
    opinions = [(entry, answer.opinion) for entry, answer in _answers(messages) if answer.opinion]
    opinion = opinions[-1][1] if opinions else None
    findings = tuple(_findings(told, about, visit))
    raised = tuple(_flags(flags, visit))
    parts = soap(messages, visit, flags)
    urgent = _most_urgent(urgency, [one for _, one in opinions if one])
    return Dossier(
        language=visit.language,
        country=visit.country,
        opened_at=entries[0].at,
        updated_at=entries[-1].at,
        urgency=urgent,
        age=heard.case.age,
        sex=heard.case.sex or "",
        title=_title(heard.case.age, heard.case.sex, findings, told[about[0] - 1], visit),
        entries=entries,
        soap=parts,
        sbar=tuple(_sbar(parts, findings, record, urgent, opinion, visit)),
        findings=findings,
        vitals=tuple(_vitals(entries)),
        flags=raised,
        opinion=opinion,
        medicines=tuple(dict.fromkeys(one.id for taken in record.medicines for one in taken.named if one.medicine)),
        conditions=tuple(dict.fromkeys(name for problem in record.problems for name in problem.conditions)),
        medicine_notes=tuple(_medicine_notes(record)),
        moments=tuple(_moment(entry, one) for entry, one in opinions if one),
    )


def _most_urgent(level: Level | None, opinions: Sequence[Opinion]) -> str:
    found = [*([level] if level else []), *(one.level for one in opinions)]
    return max(found, key=RANKS.index, default="routine")


# The conversation -----------------------------------------------------------------------------------


def _entries(messages: Sequence[AnyMessage]) -> Iterator[Entry]:
    answers = {id(message): answer for message, answer in _kept(messages)}
    turn, at = 0, datetime.now(UTC)
    for message in messages:
        if isinstance(message, HumanMessage):
            turn, at = turn + 1, _time(message, at)
            yield Entry(by="patient", turn=turn, at=at, text=str(message.text))
        elif answer := answers.get(id(message)):
            told = {name: getattr(answer, name) for name in ("citations", "pictures", "molecules")}
            yield Entry(by="doctor", turn=turn, at=at, text=str(message.text), **told)


def _kept(messages: Sequence[AnyMessage]) -> Iterator[tuple[AnyMessage, Answered]]:
    for message in messages:
        kept = message.additional_kwargs.get("airmed") if isinstance(message, AIMessage) else None
        if kept:
            yield message, Answered.model_validate(kept)


def _answers(messages: Sequence[AnyMessage]) -> Iterator[tuple[Entry, Answered]]:
    """Each answer with its place in the conversation."""
    places = [entry for entry in _entries(messages) if entry.by == "doctor"]
    yield from zip(places, (answer for _, answer in _kept(messages)), strict=True)


def _time(message: AnyMessage, otherwise: datetime) -> datetime:
    sent = message.additional_kwargs.get(AT)
    return datetime.fromisoformat(sent) if sent else otherwise


# What it tells --------------------------------------------------------------------------------------


def _title(age: float | None, sex: str | None, findings: Sequence[Finding], quote: str, visit: Visit) -> str:
    words = visit.words.summary
    person = [words["years"].format(age=f"{age:.2g}" if age < 2 else f"{age:.0f}")] if age is not None else []
    person += [words[sex]] if sex else []
    there = [one for one in findings if one.state == "present"]
    said_better = {general for one in there for general in implied_by(one.id)}  # chest pain that is crushing is one
    troubles = [one for one in there if lexicon()[one.id].kind not in LASTING and one.id not in said_better] or there
    complaint = ", ".join(one.name for one in troubles[:MOST_NAMED]) or f"“{shortened(quote)[:80]}”"
    return " · ".join([complaint, *([", ".join(person)] if person else [])])


def _findings(told: Sequence[str], about: Sequence[int], visit: Visit) -> Iterator[Finding]:
    """Each finding with the state that was told last, and the message that told it."""
    latest: dict[str, Finding] = {}
    for turn in about:
        for mention in read_findings(told[turn - 1]):
            if mention.state in STATES and not is_talk(mention.finding):
                name, state = finding_name(mention.finding, visit), STATES[mention.state]
                before = latest.get(mention.finding)
                first = before.turn if before and before.state == state else turn
                latest[mention.finding] = Finding(id=mention.finding, name=name, state=state, turn=first)
    yield from latest.values()


def _flags(fired: Collection[str], visit: Visit) -> Iterator[Flag]:
    for rule in sorted((one for one in rules() if one.id in fired), key=lambda rule: -RANK[rule.level]):
        why, source = getattr(rule.why, visit.language, rule.why.en), rule.source
        named = f"{source.publisher}, {source.title}"
        yield Flag(rule=rule.id, level=rule.level, why=why, source=named, url=str(source.url))


def _vitals(entries: Sequence[Entry]) -> Iterator[Measured]:
    for entry in entries:
        if entry.by == "patient":
            for vital, value in assess(entry.text).vitals.items():
                yield Measured(vital=vital, value=value, turn=entry.turn, at=entry.at)


def _moment(entry: Entry, opinion: Opinion) -> Moment:
    first = opinion.likely[0] if opinion.likely else None
    likely = {"first": first.name, "probability": first.probability} if first else {}
    return Moment(turn=entry.turn, at=entry.at, level=opinion.level, **likely)


def _medicine_notes(record: Record) -> Iterator[Line]:
    for finding in against(record):
        yield Line(text=f"{name_of(finding.medicine)}: {sentence(finding)}", url=str(finding.source.url))


# SBAR -----------------------------------------------------------------------------------------------


def _sbar(
    parts: Sequence[Section],
    findings: Sequence[Finding],
    record: Record,
    urgency: str,
    opinion: Opinion | None,
    visit: Visit,
) -> Iterator[Section]:
    """Situation, background, assessment, recommendation: the same lines in the order of a handover."""
    words = visit.words.sbar
    soap_lines = {part.name: part.lines for part in parts}
    likely = [Line(text=f"{one.name} ({one.probability:.0%})") for one in (opinion.likely if opinion else ())]
    because = [Line(text=opinion.because)] if opinion else []
    lines: dict[str, Sequence[Line]] = {
        "situation": [Line(text=visit.words.levels[urgency]), *because, *_told(findings, "present", visit)],
        "background": [*_background(record, visit), *_told(findings, "past", visit), *_told(findings, "absent", visit)],
        "assessment": [*soap_lines["assessment"], *likely],
        "recommendation": soap_lines["plan"],
    }
    nothing = (Line(text=visit.words.summary["nothing"]),)
    for name, found in lines.items():
        yield Section(name=name, title=words[name], lines=tuple(found) or nothing)


def _told(findings: Sequence[Finding], state: str, visit: Visit) -> Iterator[Line]:
    label = visit.words.summary[{"present": "found", "absent": "not_found", "past": "earlier"}[state]]
    told = sorted({one.turn for one in findings if one.state == state})
    for turn in told:
        names = [one.name for one in findings if one.state == state and one.turn == turn]
        yield Line(text=f"{label}: {', '.join(names)}", turns=(turn,))


def _background(record: Record, visit: Visit) -> Iterator[Line]:
    words, named = visit.words.sbar, {one.id: one for one in conditions()}
    has = [named[name].name for problem in record.problems for name in problem.conditions if name in named]
    takes = [name_of(one.id) for taken in record.medicines for one in taken.named]
    for label, names in (("has", has), ("takes", takes), ("allergic", [one.written for one in record.allergies])):
        if names:
            yield Line(text=f"{words[label]}: {', '.join(dict.fromkeys(names))}")
