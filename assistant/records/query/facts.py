"""Findings, conditions, medicines and rules of urgency in a query, each with what its words make of it.

The context reader of patients' words (`assistant.consultation.reading`) decides what is denied. It reads findings only,
so that a word that it surely knows stands in for a medicine or a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from assistant.consultation.differential import is_talk
from assistant.consultation.reading import Mention, read_findings
from assistant.records.implied import implied_by
from assistant.records.query.names import condition_names, finding_names, rules_about, titles
from assistant.records.query.vocabulary import either, vocabulary
from knowledge.findings import lexicon
from knowledge.medicines.names import mentions
from knowledge.red_flags import rules
from knowledge.text import CJK

KNOWN = frozenset(("history", "risk"))  # kinds of findings that a condition of the same name says better
PROBE, CHINESE_PROBE = "fever", "发烧"
BREAK = re.compile(
    r"[,;，、；。]|\b(?:and|with|but|or|plus|who|takes?|taking|took|women|men|patients?|cases?)\b|[和与伴]"
)
ENDED = r"\b(?:stopped|came off|off)|停用|停服|停了"  # said of a medicine, and no denial to the context reader
CLAUSE = re.compile(r"[,;.，；。]")
SUBJECT_WORDS = 4
NAME_WORDS, NAME_LETTERS = 4, 8  # of a medicine
ALIKE = 0.5  # from which a finding's name is like the words that say it


@dataclass(frozen=True)
class Fact:
    """A fact in the text, with its place there.

    Attributes:
        field: Of `Filters`; `left` where it is denied and no filter says so; empty where it is nobody's or a
            relative's, so that it is looked for by meaning.
        ids: Of which one is enough.
    """

    start: int
    end: int
    field: str
    ids: tuple[str, ...]


# Rules of urgency -------------------------------------------------------------------------------------


def read_rules(text: str) -> Iterator[Fact]:
    """The rules of urgency that a normalised text asks for: "red flags for stroke", "卒中的红旗征", or any."""
    for match in _flags().finditer(text):
        start, end = match.span()
        after = _words(text, end)
        before = [(low, start) for low, _ in reversed(_words(text[:start], 0)[-SUBJECT_WORDS:])]
        behind = [(end, high) for _, high in after[:SUBJECT_WORDS]]
        found = ((span, rules_about(text[slice(*span)])) for span in (*reversed(behind), *reversed(before)))
        about = next(((span, ids) for span, ids in found if ids), None)
        span, ids = about or ((start, end), tuple(rule.id for rule in rules()))
        yield Fact(min(start, span[0]), max(end, span[1]), "rules", ids)


def _words(text: str, start: int) -> list[tuple[int, int]]:
    """Where the words up to the end of the clause stand; a Chinese letter is one."""
    return [match.span() for match in re.compile(r"[a-z0-9'-]+|[㐀-鿿]").finditer(text, start)]


@cache
def _flags() -> re.Pattern[str]:
    return re.compile(rf"(?:any )?(?:的)?(?:{either(vocabulary().flags)})(?:\s*(?:for|of|about|:|：)\s*)?")


# Findings, conditions, medicines ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    """What words could name.

    Attributes:
        state: As the context reader has it, where it was asked.
        loose: Whether the words go on over the end of a fact into another one.
    """

    start: int
    end: int
    field: str
    ids: tuple[str, ...]
    state: str = ""
    loose: bool = False

    def rank(self, text: str) -> tuple[bool, int, int]:
        """What counts before something else that overlaps it, the least first: the longer, then what is called so."""
        words = text[self.start : self.end]
        return self.loose, -len(words), self._closeness(words)

    def _closeness(self, words: str) -> int:
        if self.field == "medicines":
            return 0
        if self.field == "conditions":
            return 2 if any(words in titles(one) for one in self.ids) else 4
        if self.state:
            return 5
        return 3 if all(lexicon()[one].kind in KNOWN for one in self.ids) else 1


def read_facts(text: str, capitals: frozenset[str]) -> Iterator[Fact]:
    """The facts in a normalised text, from left to right.

    Args:
        capitals: The words that stand in capitals in the original.
    """
    named = [*_medicines(text), *_named(text, capitals)]
    taken = _apart([*named, *_findings(text, named)], text)
    yield from (_fact(one, text) for one in sorted(taken, key=lambda one: one.start))


def _apart(seen: Iterable[_Seen], text: str) -> list[_Seen]:
    """What counts of names that overlap."""
    taken: list[_Seen] = []
    for one in sorted(seen, key=lambda one: one.rank(text)):
        if all(one.end <= other.start or other.end <= one.start for other in taken):
            taken.append(one)
    return taken


def _named(text: str, capitals: frozenset[str]) -> Iterator[_Seen]:
    for name in finding_names().find(text):
        yield _Seen(name.start, name.end, "findings", name.ids)
    for name in condition_names().find(text, capitals):
        yield _Seen(name.start, name.end, "conditions", name.ids)


def _findings(text: str, named: Sequence[_Seen]) -> Iterator[_Seen]:
    """What the lexicon reads: of several findings in the same words, the one that is called most like them."""
    places: dict[tuple[int, int], list[Mention]] = {}
    for mention in read_findings(text):
        if not is_talk(mention.finding):
            places.setdefault((mention.start, mention.end), []).append(mention)
    for (start, end), told in places.items():
        general = {one for mention in told for one in implied_by(mention.finding)}
        narrow = [mention for mention in told if mention.finding not in general]
        best = max(narrow, key=lambda mention: (_likeness(mention.finding, text[start:end]), mention.finding))
        within = _apart((one for one in named if start <= one.start and one.end <= end), text)
        medicine = any(one.field == "medicines" for one in within)
        loose = medicine or len(within) > 1 or bool(BREAK.search(text[start:end]))
        yield _Seen(start, end, "findings", (best.finding,), best.state, loose)


def _likeness(finding: str, words: str) -> tuple[float, float]:
    """How much a finding's name is like words; where none is, how rare the finding is, which says more."""
    lexeme = lexicon()[finding]
    name = lexeme.name_zh if CJK.search(words) else lexeme.name.lower()
    alike = SequenceMatcher(None, name, words).ratio()
    return (alike if alike >= ALIKE else 0.0), -lexeme.base


def _medicines(text: str) -> Iterator[_Seen]:
    """Medicines of the formulary with the fewest words that name them; not what somebody is allergic to."""
    wanted = {one.id for one in mentions(text) if one.medicine}
    for start, end in _windows(text) if wanted else ():
        named = {one.id for one in mentions(text[start:end]) if one.medicine} & wanted
        wanted -= named
        for one in sorted(named):
            if not _is_harm(text, start, end):
                yield _Seen(start, end, "medicines", (one,))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Where a name can stand: single words first, then two together, and so on."""
    words = [match.span() for match in re.finditer(r"[a-z0-9]+(?:[-'][a-z0-9]+)*", text)]
    letters = [match.span() for match in CJK.finditer(text)]
    for spans, most in ((words, NAME_WORDS), (letters, NAME_LETTERS)):
        for count in range(1, most + 1):
            yield from ((spans[n][0], spans[n + count - 1][1]) for n in range(len(spans) - count + 1))


def _is_harm(text: str, start: int, end: int) -> bool:
    own = vocabulary()
    allergic, harm = either(own.allergies), either((*own.allergies, *own.harm))
    return bool(
        re.search(rf"(?:{allergic}) (?:to )?(?:[a-z]+ (?:and|or) )?$|对$", text[:start])
        or re.match(rf"[\s-]*(?:{harm})", text[end:])
    )


def _fact(one: _Seen, text: str) -> Fact:
    state = one.state or _state(text, one.start, one.end)
    if one.field == "medicines" and re.search(rf"(?:{ENDED})\s*(?:taking )?$", text[: one.start]):
        state = "absent"
    if state == "absent":
        field = "absent" if one.field == "findings" else "left"
        return Fact(_cue(text, one.start), one.end, field, one.ids)
    lasting = one.field != "findings" or any(lexicon()[name].kind in KNOWN for name in one.ids)
    told = state in ("present", "resolved", "hypothetical") or (state == "past" and lasting)
    return Fact(one.start, one.end, one.field if told else "", one.ids)


def _state(text: str, start: int, end: int) -> str:
    """What the words around a place make of it: present, absent, past, or a relative's."""
    probe = CHINESE_PROBE if CJK.search(text[start:end]) else PROBE
    told = read_findings(f"{text[:start]}{probe}{text[end:]}")
    states = [mention.state for mention in told if mention.start <= start < mention.end and mention.finding == PROBE]
    return "absent" if "absent" in states else next(iter(states), "present")


def _cue(text: str, start: int) -> int:
    """Where the word that denies what stands at a place begins, if only words without meaning lie between."""
    clause = max((match.end() for match in CLAUSE.finditer(text[:start])), default=0)
    cues = [match for match in _negations().finditer(text[:start]) if match.start() >= clause]
    if not cues:
        return start
    between = _chinese_fillers().sub(" ", text[cues[-1].end() : start]).split()
    return cues[-1].start() if all(word in vocabulary().fillers for word in between) else start


@cache
def _chinese_fillers() -> re.Pattern[str]:
    return re.compile(either(vocabulary().chinese_fillers))


@cache
def _negations() -> re.Pattern[str]:
    return re.compile(either(vocabulary().negations))
