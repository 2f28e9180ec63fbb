"""From a clinician's words to filters: what was understood, part by part, and what was not.

Times are read first, then ages, rules of urgency, facts, whether a case is closed, urgency, ages by name and sex; what
is left over is looked for by meaning. What is denied and cannot be asked for ("not on warfarin") is shown as not
understood: turned around or left out in silence it would bring wrong cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from assistant.consultation.words import normalise
from assistant.errors import InputError
from assistant.records.dossier import RANKS
from assistant.records.filters import ANY, Filters
from assistant.records.query.ages import read_ages, read_groups
from assistant.records.query.facts import read_facts, read_rules
from assistant.records.query.parts import Part, filters_of, is_possible, shown
from assistant.records.query.times import read_times
from assistant.records.query.vocabulary import either, vocabulary
from knowledge.text import CJK, is_chinese

LONGEST = 300  # characters
TOO_LONG = f"A query has at most {LONGEST} characters; ask in fewer words."
CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]+s?\b")
WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|[㐀-鿿]+")
GAP = re.compile(r"(?<=[㐀-鿿])\s(?=[㐀-鿿\d])")  # what a Chinese query has in place of a comma
PIECE = re.compile(r"[^,;:.?!\"()，、；：。？！“”（）\n]+")
CLOSED = {"both": None, "open": False, "closed": True}
EITHER = ("findings", "medicines", "conditions")  # fields of which one of several can be enough
ANYWAY = ("levels", "sex", "absent", "left")  # fields where "or" means what several parts mean anyway


@dataclass(frozen=True)
class Reading:
    """What was understood of a query.

    Attributes:
        parts: In the order of the words.
        language: That the parts are told in, `en` or `zh`.
    """

    parts: tuple[Part, ...] = ()
    language: str = "en"

    @property
    def filters(self) -> Filters:
        """The filters that the parts come to."""
        return filters_of(self.parts)

    @property
    def left(self) -> str:
        """The words that were not understood, and are not asked for."""
        return "; ".join(part.words for part in self.parts if part.field == "left")


@dataclass(frozen=True)
class _Hit:
    """What words at a place mean; nothing that is asked for where the field is empty."""

    start: int
    end: int
    field: str
    value: Any


def read_query(words: str, now: datetime) -> Reading:
    """Read a query in English or simple Chinese; days are those of `now` in UTC.

    Raises:
        InputError: It has more than 300 characters.
    """
    if len(words) > LONGEST:
        raise InputError(TOO_LONG)
    language, moment = "zh" if is_chinese(words) else "en", now.astimezone(UTC)
    text = GAP.sub("，", normalise(words))
    hits = _hits(text, frozenset(word.lower() for word in CAPITALS.findall(words)), moment)
    told = [*_together(hits, text), *_rest(hits, text)]
    kept: dict[Part, None] = {}
    for hit in sorted((hit for hit in told if hit.field), key=lambda hit: hit.start):
        part = _part(hit, text, language, moment)
        if not is_possible([*kept, part]):  # "under 5 or over 65"
            part = _part(replace(hit, field="left"), text, language, moment)
        kept[part] = None
    return Reading(tuple(kept), language)


def without(reading: Reading, part: Part) -> Reading:
    """The reading without one of its parts; its words are asked for in no other way."""
    return replace(reading, parts=tuple(one for one in reading.parts if one != part))


def _part(hit: _Hit, text: str, language: str, now: datetime) -> Part:
    words = hit.value if hit.field == "words" else " ".join(text[hit.start : hit.end].split())
    value = words if hit.field == "left" else hit.value
    return Part(hit.field, value, shown(hit.field, value, language, now), words)


# What is meant ----------------------------------------------------------------------------------------


def _hits(text: str, capitals: frozenset[str], now: datetime) -> list[_Hit]:
    """What is understood, from left to right; what one reader took, the next does not see."""
    readers: tuple[Callable[[str], Iterable[_Hit]], ...] = (
        lambda left: (_Hit(t.start, t.end, "opened", (t.since, t.until)) for t in read_times(left, now)),
        lambda left: (_Hit(a.start, a.end, "age", (a.youngest, a.oldest)) for a in read_ages(left)),
        lambda left: (_Hit(f.start, f.end, f.field, ANY.join(f.ids)) for f in read_rules(left)),
        lambda left: (_Hit(f.start, f.end, f.field, ANY.join(f.ids)) for f in read_facts(left, capitals) if f.field),
        lambda left: _in_words(left, "closed", {CLOSED[name]: words for name, words in vocabulary().closed.items()}),
        _levels,
        _groups,
        lambda left: _in_words(left, "sex", vocabulary().sexes),
    )
    found: list[_Hit] = []
    left = text
    for reader in readers:
        hits = [_denied(hit, text) for hit in reader(left)]
        found += hits
        for hit in hits:
            left = left[: hit.start] + " " * (hit.end - hit.start) + left[hit.end :]
    return sorted(found, key=lambda hit: hit.start)


def _in_words(text: str, field: str, named: Mapping[Any, Sequence[str]]) -> Iterator[_Hit]:
    """What is called by one of some words, the longest first."""
    meant = {word.replace("-", " "): value for value, words in named.items() for word in words}
    for match in re.finditer(either(meant), text):
        yield _Hit(*match.span(), field, meant[re.sub(r"[\s-]+", " ", match.group())])


def _levels(text: str) -> Iterator[_Hit]:
    """Urgencies: "urgent", "urgent and above"; "most urgent first" asks for the order that cases have anyway."""
    own = vocabulary()
    orders = [_Hit(*match.span(), "", None) for match in re.finditer(either(own.order), text)]
    yield from orders
    for hit in _in_words(text, "levels", own.levels):
        if not any(order.start <= hit.start < order.end for order in orders):
            above = re.match(rf"\s*(?:{either(own.and_above)})", text[hit.end :])
            ranks = RANKS[RANKS.index(hit.value) :] if above else (hit.value,)
            yield _Hit(hit.start, hit.end + (above.end() if above else 0), "levels", ranks)


def _groups(text: str) -> Iterator[_Hit]:
    for aged in read_groups(text):
        yield _Hit(aged.start, aged.end, "age", (aged.youngest, aged.oldest))
        if aged.sex:
            yield _Hit(aged.start, aged.end, "sex", aged.sex)


def _denied(hit: _Hit, text: str) -> _Hit:
    """Something else than a fact, which says itself whether it is there, with a "not" right before it."""
    cue = _denying().search(text[: hit.start]) if hit.field in ("opened", "age", "levels", "sex", "rules") else None
    return _Hit(cue.start(), hit.end, "left", text[cue.start() : hit.end]) if cue else hit


@cache
def _denying() -> re.Pattern[str]:
    return re.compile(rf"(?:{either(vocabulary().negations)})[\s-]*(?:(?:in|the|from|aged|for|on|any)\s+)*$")


# One or the other -------------------------------------------------------------------------------------


def _together(hits: Sequence[_Hit], text: str) -> Iterator[_Hit]:
    """Facts that are joined by "or" as one, with those before them in the list; any other "or" is not understood."""
    runs: list[list[_Hit]] = []
    for hit in hits:
        link = _link(runs[-1][-1], hit, text) if runs else ""
        if link and hit.field == runs[-1][-1].field and hit.field in EITHER:
            runs[-1].append(hit)
            continue
        if link == "or" and not (hit.field == runs[-1][-1].field and hit.field in ANYWAY):
            start, end = runs[-1][-1].end, hit.start
            yield _Hit(start, end, "left", text[start:end].strip())
        runs.append([hit])
    for run in runs:
        yield from _merged(run, text)


def _merged(run: Sequence[_Hit], text: str) -> Iterator[_Hit]:
    """A list of facts, of which the last "or" and all before it leave a choice."""
    ors = [place for place in range(1, len(run)) if _link(run[place - 1], run[place], text) == "or"]
    count = ors[-1] + 1 if ors else 0
    if count:
        ids = dict.fromkeys(one for hit in run[:count] for one in hit.value.split(ANY))
        yield replace(run[0], end=run[count - 1].end, value=ANY.join(ids))
    yield from run[count:]


def _link(before: _Hit, after: _Hit, text: str) -> str:
    """What stands between two hits alone: `or`, `,`, or something else."""
    between = text[before.end : after.start].strip()
    if re.fullmatch(rf"[,，、]?\s*(?:{either(vocabulary().either)}|/)\s*(?:an?|the|on)?", between):
        return "or"
    return "," if between in (",", "，", "、") else ""


# What is left -----------------------------------------------------------------------------------------


def _rest(hits: Sequence[_Hit], text: str) -> Iterator[_Hit]:
    """The words that nothing was made of: what they deny is not understood, the others are looked for by meaning."""
    left = text
    for hit in hits:
        left = left[: hit.start] + "\n" * (hit.end - hit.start) + left[hit.end :]
    pieces = [_trimmed(match, left) for match in PIECE.finditer(left)]
    kept = [(start, end) for start, end in pieces if end > start]
    for start, end in kept:
        if _negation().match(left, start):
            yield _Hit(start, end, "left", left[start:end])
    wanted = [(start, end) for start, end in kept if not _negation().match(left, start)]
    if wanted:
        words = " ".join(" ".join(left[start:end].split()) for start, end in wanted)
        yield _Hit(wanted[0][0], wanted[-1][1], "words", words)


def _trimmed(piece: re.Match[str], text: str) -> tuple[int, int]:
    """Where a piece stands without the words at its ends that only hold a query together."""
    words = [word.span() for word in WORD.finditer(text, *piece.span()) if not _is_filler(word.group())]
    return (words[0][0], words[-1][1]) if words else (0, 0)


def _is_filler(word: str) -> bool:
    if CJK.search(word):
        return len(_chinese_filler().sub("", word)) < 2
    return word in vocabulary().fillers or (len(word) < 2 and not word.isdigit())


@cache
def _chinese_filler() -> re.Pattern[str]:
    return re.compile(either(vocabulary().chinese_fillers))


@cache
def _negation() -> re.Pattern[str]:
    return re.compile(either(vocabulary().negations))
