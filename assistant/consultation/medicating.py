"""Whether a medicine suits the person: every rule that speaks against it, each with its source, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.consultation.patient import record_of
from assistant.safety.evidence import RULE, Citation, Evidence, Statement
from assistant.visit import Visit
from generators.plans.record import Record
from generators.plans.rules import Finding, check, verdict
from knowledge.corpus import conditions
from knowledge.medicines.names import Named, chinese_name, mentions, name_of
from knowledge.medicines.sources import Source

MOST = 8  # rules that are told


def check_medicines(question: str, earlier: Sequence[str], visit: Visit) -> Evidence:
    """The rules that speak against what a question asks about, with what was told before.

    Args:
        question: The message that asks.
        earlier: The patient's messages before it.
        visit: In whose words it is answered.
    """
    words = visit.words.medicines
    record = record_of([*earlier, question])
    asked = _asked(question, record)
    if not asked:
        return Evidence(opening=(Statement(text=words.unknown),), options=words.offers, complete=True)
    findings = list(_once(finding for one in asked for finding in check(record, one)))[:MOST]
    named = words.comma.join(dict.fromkeys(_called(one, visit) for one in asked))
    opening = [
        Statement(text=getattr(words, verdict(findings)).format(medicine=named)),
        *_looked_at(record, asked, visit),
    ]
    cited = {str(finding.source.url): _citation(finding.source) for finding in findings}
    places = {url: place for place, url in enumerate(cited)}
    told = tuple(Statement(text=sentence(one), citation=places[str(one.source.url)]) for one in findings)
    closing = (Statement(text=visit.say(words.closing)),)
    return Evidence(
        opening=tuple(opening), statements=told, closing=closing, citations=tuple(cited.values()), complete=True
    )


def against(record: Record) -> list[Finding]:
    """The rules that speak against what the patient takes already, the gravest first."""
    taken = [one for entry in record.medicines for one in entry.named]
    return list(_once(finding for one in taken for finding in check(record, one)))[:MOST]


def _asked(question: str, record: Record) -> list[Named]:
    """The medicines that the question names; what was named before, where it names none ("can I take it")."""
    named = [one for one in mentions(question) if one.medicine or not one.substance]
    taken = [one for entry in record.medicines for one in entry.named if one.medicine]
    allergic = {one for allergy in record.allergies for one in allergy.medicines}
    return [one for one in named if one.id not in allergic] or taken[-1:]


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Each reason once, also of a pair from both sides; that somebody takes what is asked about is none."""
    seen: set[tuple[str, frozenset[str]]] = set()
    order = sorted(findings, key=lambda one: ("avoid", "caution", "monitor").index(one.severity))
    for finding in order:
        told = finding.rule if finding.other else finding.reason
        key = (told, frozenset((finding.medicine, finding.other)))
        if key not in seen and not (finding.rule == "duplicate:medicine" and finding.other == finding.medicine):
            seen.add(key)
            yield finding


def _looked_at(record: Record, asked: Sequence[Named], visit: Visit) -> Iterator[Statement]:
    words = visit.words.medicines
    slips = [one for one in asked if one.how == "mended"]
    if slips:
        yield Statement(text=words.mended.format(names=words.comma.join(_called(one, visit) for one in slips)))
    others = [
        _called(one, visit)
        for entry in record.medicines
        for one in entry.named
        if one.id not in {it.id for it in asked}
    ]
    named = {one.id: one.name for one in conditions()}
    has = [named.get(it, it) for problem in record.problems for it in problem.conditions or (problem.written,)]
    facts = [*others, *has, *(words.allergy.format(name=one.written) for one in record.allergies)]
    if facts:
        yield Statement(text=words.looked_at.format(facts=words.comma.join(dict.fromkeys(facts))))
    harmful = [_called(one, visit) for one in asked if one.medicine and one.medicine.pregnancy.advice == "avoid"]
    if harmful and record.may_be_pregnant:
        yield Statement(text=words.if_pregnant.format(medicine=words.comma.join(harmful)))


def _called(one: Named, visit: Visit) -> str:
    return chinese_name(one.id) if visit.language == "zh" else one.name


def sentence(finding: Finding) -> str:
    """A rule as it is told."""
    instead = f" Instead: {', '.join(map(name_of, finding.instead))}." if finding.instead else ""
    return f"{finding.reason} {finding.todo}{instead}".strip()


def _citation(source: Source) -> Citation:
    url = str(source.url)
    return Citation(id=f"{RULE}{url}", name=source.title, text=source.title, publisher=source.publisher, url=url)
