"""What an export says, in its order: the case, the opinion, what people did with it, and the conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from assistant.opinion import Likely
from assistant.records.dossier import RANKS, Entry, Section
from assistant.records.exports import handling
from assistant.records.exports.blocks import Bars, Block, Heading, Line, Message, Note, Title, link_to
from assistant.records.exports.export import Export
from assistant.records.exports.plain import moment, unmarked, web
from assistant.records.exports.wording import Wording

UNITS = {"temperature": "°C", "spo2": "%", "heart_rate": "/min", "systolic": "mmHg", "diastolic": "mmHg",
         "respiratory_rate": "/min", "glucose": "mmol/L"}  # fmt: skip
URGENT = RANKS.index("urgent")
LEAST_WEIGHT = 0.05  # in nats; what moves less moves nothing that a reader would see


def outline(export: Export) -> Iterator[Block]:
    """Every block of an export."""
    words = Wording.of(export.dossier.language)
    for part in PARTS.values():
        yield from part(export, words)


def _head(export: Export, words: Wording) -> Iterator[Block]:
    head, dossier = export.case.head, export.dossier
    yield Title(words.say("title", case=export.id), dossier.title)
    yield Note(words["notice"], "warning")
    yield Line(words.person(dossier.age, dossier.sex))
    yield Line(words.say("opened", opened=moment(dossier.opened_at), changed=moment(dossier.updated_at)))
    if head.closed_at:
        yield Line(words.say("closed", clinician=head.closed_by, time=moment(head.closed_at)))
    yield Line(words.say("language", language=dossier.language, country=dossier.country or words["unknown"]))
    yield Line(words.say("made", time=moment(export.made_at)))


def _urgency(export: Export, words: Wording) -> Iterator[Block]:
    dossier = export.dossier
    yield Heading(words["urgency"])
    yield Note(words.level(dossier.urgency), "warning" if dossier.rank >= URGENT else "assurance")
    if dossier.opinion:
        yield Line(dossier.opinion.because, label=words["because"])
    for flag in dossier.flags:
        yield Line(flag.why, label=words.level(flag.level), link=link_to(flag.source, flag.url))


def _summary(export: Export, words: Wording) -> Iterator[Block]:
    yield Heading(words["summary"])
    for section in export.dossier.soap:
        yield Heading(section.title, 2)
        yield from section_lines(section)


def section_lines(section: Section) -> Iterator[Line]:
    """The lines of a part of the summary; one that has an address is its name."""
    for line in section.lines:
        named = link_to(line.text, line.url)
        yield Line("" if named else line.text, turns=line.turns, link=named)


def _differential(export: Export, words: Wording) -> Iterator[Block]:
    opinion = export.dossier.opinion
    if opinion is None:
        return
    told: dict[str, tuple[int, ...]] = {finding.name: (finding.turn,) for finding in export.dossier.findings}
    yield Heading(words["differential"])
    yield Note(words["likely_hint"])
    if opinion.likely:
        yield Bars((words["condition"], words["chance"]), tuple((one.name, one.probability) for one in opinion.likely))
    for one in opinion.likely:
        yield from _condition(one, told, words)
    if opinion.together:
        yield Line(words["comma"].join(opinion.together), label=words["together"])
    for change in opinion.change:
        yield Line(change, label=words["change"])
    if opinion.grave:
        yield Heading(words["grave"], 2)
    for one in opinion.grave:
        yield from _condition(one, told, words)


def _condition(likely: Likely, told: dict[str, tuple[int, ...]], words: Wording) -> Iterator[Line]:
    chance, level = f"{likely.probability:.0%}", words.level(likely.urgency)
    named = words.say("line", name=likely.name, chance=chance, level=level)
    yield Line(named, link=link_to(words["source"], likely.url))
    base = ((words.page["opinion_start"], likely.prior, ()), (words.page["opinion_wording"], likely.wording, ()))
    found = (
        (one.name if one.there else words.say("absent", finding=one.name), one.weight, told.get(one.name, ()))
        for one in likely.movers
    )
    for finding, weight, turns in (*base, *found):
        if abs(weight) >= LEAST_WEIGHT:
            moved = words.say("mover", finding=finding, weight=f"{weight:+.1f}")
            yield Line(moved, label=words["for" if weight > 0 else "against"], turns=turns, depth=1)


def _course(export: Export, words: Wording) -> Iterator[Block]:
    if len(export.dossier.moments) > 1:
        yield Heading(words["course"])
        for one in export.dossier.moments:
            chance, level = f"{one.probability:.0%}", words.level(one.level)
            said = words.say("line", name=one.first, chance=chance, level=level) if one.first else level
            yield Line(said, turns=(one.turn,))


def _vitals(export: Export, words: Wording) -> Iterator[Block]:
    if export.dossier.vitals:
        yield Heading(words["vitals"])
        for one in export.dossier.vitals:
            value, unit = f"{one.value:g}", UNITS.get(one.vital, "")
            vital = words.vital(one.vital)
            yield Line(words.say("vital", vital=vital, value=value, unit=unit, time=moment(one.at)), turns=(one.turn,))


def _medicines(export: Export, words: Wording) -> Iterator[Block]:
    dossier = export.dossier
    if not (dossier.medicines or dossier.conditions or dossier.medicine_notes):
        return
    yield Heading(words["medicines"])
    if dossier.medicines:
        yield Line(words["comma"].join(map(words.medicine, dossier.medicines)), label=words["takes"])
    if dossier.conditions:
        yield Line(words["comma"].join(map(words.condition, dossier.conditions)), label=words["has"])
    for note in dossier.medicine_notes:
        yield Line(note.text, turns=note.turns, link=link_to(words["source"], note.url))
    if not dossier.medicine_notes:
        yield Line(words["no_rule"])


def _synthetic(export: Export, words: Wording) -> Iterator[Block]:
    made = list(_made(export.dossier.entries, words))
    if made:
        yield Heading(words["synthetic"])
        yield Note(words["synthetic_hint"], "warning")
        yield from made


def _made(entries: Iterable[Entry], words: Wording) -> Iterator[Line]:
    for entry in entries:
        for picture in entry.pictures:
            yield Line(words.say("picture", caption=picture.caption, file=picture.file, turn=entry.turn))
        for one in entry.molecules:
            values = {"smiles": one.smiles, "score": f"{one.score:.2f}", "drug": one.drug, "turn": entry.turn}
            yield Line(words.say("molecule", **values))


def _transcript(export: Export, words: Wording) -> Iterator[Block]:
    yield Heading(words["transcript"])
    for entry in export.dossier.entries:
        said = entry.text if entry.by == "patient" else unmarked(entry.text)
        head = words.say(entry.by, turn=entry.turn, time=moment(entry.at))
        yield Message(entry.by, head, said, tuple(_sources(entry)))


def _sources(entry: Entry) -> Iterator[Line]:
    """What the numbers in an answer stand for."""
    for number, one in enumerate(entry.citations, start=1):
        name = one.name or one.publisher or one.id
        yield Line(f"[{number}]" if web(one.url) else f"[{number}] {name}", link=link_to(name, one.url))


Part = Callable[[Export, Wording], Iterator[Block]]
PARTS: dict[str, Part] = {  # in the order of the document; each begins with its title, or has nothing to say
    "head": _head,
    "urgency": _urgency,
    "summary": _summary,
    "differential": _differential,
    "course": _course,
    "vitals": _vitals,
    "medicines": _medicines,
    "plans": handling.plans,
    "synthetic": _synthetic,
    "judgements": handling.judgements,
    "transcript": _transcript,
    "trail": handling.trail,
}
