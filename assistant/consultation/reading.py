"""From a patient's words to findings: present, absent, past, a relative's, or only spoken of.

The words around a finding decide, after the ConText algorithm (Harkema et al., J Biomed Inform 2009). The libraries
that hold it read English only and need spaCy; ours reads the cue lists of `knowledge/findings/context.yaml` in
every language of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from assistant.consultation.phrases import Phrase, compile_phrase, match, places_of, spans
from assistant.consultation.words import Token, normalise, stems, tokens
from knowledge.findings import context_cues, lexicon

State = Literal["present", "absent", "resolved", "past", "relative", "hypothetical"]
FIRST_PERSON = frozenset(("i", "me", "my", "myself"))
NEGATION_REACH = 12
BARE_ITEM = 4
PREFIX = "non"  # denies only the word it stands before: "non-bloody diarrhoea" is diarrhoea
CHINESE_WINDOW = 14
CHINESE_REACH = 8


@dataclass(frozen=True)
class Mention:
    """A finding in the text.

    Attributes:
        finding: Its id in the lexicon.
        state: What the words around it make of it.
        start, end: The span in the normalised text that says so.
    """

    finding: str
    state: State
    start: int
    end: int


def read_findings(text: str) -> list[Mention]:
    """Every finding that `text` speaks of, in the order of the text."""
    plain = normalise(text)
    words = tokens(plain)
    found = [*_english(words), *_chinese(plain)]
    if _is_fiction(words, plain):
        found = [replace(mention, state="hypothetical") if mention.state == "present" else mention for mention in found]
    return sorted(found, key=lambda mention: (mention.start, mention.finding))


def _is_fiction(words: list[Token], plain: str) -> bool:
    """Whether the text is about a game, a film or homework, and nowhere about someone's own body."""
    line = [word.stem for word in words]
    cues = _compiled_cues()
    told = bool(spans(cues["fiction"], line)) and not spans(cues["own"], line)
    chinese = context_cues()["zh"]
    return told or (any(cue in plain for cue in chinese.fiction) and not any(cue in plain for cue in chinese.own))


def present(mentions: Iterable[Mention]) -> set[str]:
    """The findings that count as there: present now, or just gone where that still matters."""
    counted = set()
    for mention in mentions:
        still_matters = mention.state == "resolved" and lexicon()[mention.finding].past_counts
        if mention.state == "present" or still_matters:
            counted.add(mention.finding)
    return counted


# English ------------------------------------------------------------------------------------------


def _english(words: list[Token]) -> Iterator[Mention]:
    numbers = sorted({word.sentence for word in words})
    for number in numbers:
        yield from _read_sentence([word for word in words if word.sentence == number])


def _read_sentence(sentence: list[Token]) -> Iterator[Mention]:
    cues = _compiled_cues()
    line = [word.stem for word in sentence]
    for start, end in spans(cues["idioms"], line):
        line[start:end] = ["\x00"] * (end - start)
    marks = {kind: spans(phrases, line) for kind, phrases in cues.items() if kind != "idioms"}
    places = places_of(line)
    candidates = {pair for stem in places for pair in _phrases_by_first_stem().get(stem, ())}
    for finding, phrase in candidates:
        for start, end in match(phrase, line, places):
            state = _state(line, start, end, marks)
            if PREFIX in line[max(0, start - 1) : end] and finding not in _findings_of_prefix():
                state = "absent"
            if state == "hypothetical" and lexicon()[finding].first_person and not FIRST_PERSON.isdisjoint(line):
                state = "present"
            if state in ("relative", "past") and lexicon()[finding].relatives:
                state = "present"
            yield Mention(finding, state, sentence[start].start, sentence[end - 1].end)


@cache
def _findings_of_prefix() -> frozenset[str]:
    """Findings that are named with "non" themselves, such as a rash that does not fade."""
    return frozenset(name for name, lexeme in lexicon().items() if any(PREFIX in stems(en) for en in lexeme.en))


def _state(line: list[str], start: int, end: int, marks: dict[str, list[tuple[int, int]]]) -> State:
    if _is_negated(line, start, end, marks):
        return "absent"
    happening = _outside("actual", start, end, marks)
    if not happening and _leads("relative", start, marks):
        return "relative"
    supposed = _before_or_around("conditional", start, end, marks)
    spoken_of = _before_or_around("hypothetical", start, end, marks) and not _outside("own", start, end, marks)
    if not happening and (supposed or spoken_of):
        return "hypothetical"
    if _beside("past", line, start, end, marks) or _beside("past_before", line, start, len(line), marks):
        return "past"
    return "resolved" if _beside("resolved", line, start, end, marks) else "present"


def _outside(kind: str, start: int, end: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a cue stands anywhere in the sentence but within the finding itself."""
    return any(not (start <= s and e <= end) for s, e in marks[kind])


def _before_or_around(kind: str, start: int, end: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a cue ends before a finding begins, or holds it whole."""
    return any(e <= start or (s < start and end <= e) for s, e in marks[kind])


def _leads(kind: str, start: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a cue stands before a finding, or around it, with nothing that ends its reach between them."""
    return any(s <= start and not _cut(e, start, marks) for s, e in marks[kind])


def _beside(kind: str, line: list[str], start: int, end: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a cue stands in the same part of the sentence as a finding, on either side of it."""
    shielded = {place for s, e in marks["not_past"] for place in range(s, e)}
    for cue_start, cue_end in marks[kind]:
        low, high = (cue_end, start) if cue_end <= start else (end, cue_start)
        clear = "," not in line[low:high] and not _cut(low, high, marks)
        if low <= high and cue_start not in shielded and clear:
            return True
    return False


def _is_negated(line: list[str], start: int, end: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    shielded = {place for s, e in marks["not_negation"] for place in range(s, e)}
    for cue_start, cue_end in marks["absent_before"]:
        if cue_start in shielded or cue_end > start or start - cue_end > NEGATION_REACH:
            continue
        if not _cut(cue_end, start, marks) and _reaches(line, cue_start, cue_end, start, marks):
            return True
    return any(
        0 <= cue_start - end <= BARE_ITEM and "," not in line[end:cue_start] and cue_start not in shielded
        for cue_start, _ in marks["absent_after"]
    )


def _reaches(line: list[str], cue: int, low: int, high: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a negation goes on over the commas between it and a finding: only through a list."""
    if "," not in line[low:high] or line[cue] in {"deni", "neither"}:
        return True
    rest = line[low:]
    if {"or", "nor"} & set(rest[high - low - 2 :]) and not any(s >= low for s, _ in marks["actual"]):
        return True
    items = " ".join(rest).split(" , ")
    first_is_bare = not any(word[0].isdigit() for word in items[0].split())
    return len(items) > 2 and first_is_bare and all(len(item.split()) <= BARE_ITEM for item in items)


def _cut(low: int, high: int, marks: dict[str, list[tuple[int, int]]]) -> bool:
    """Whether a word between two places ends the reach of a cue."""
    return any(low <= s and e <= high for s, e in marks["stops"])


@cache
def _phrases_by_first_stem() -> dict[str, list[tuple[str, Phrase]]]:
    """Every phrase of the lexicon under each stem that it can begin with."""
    found: dict[str, list[tuple[str, Phrase]]] = {}
    for name, lexeme in lexicon().items():
        for phrase in map(compile_phrase, lexeme.en):
            for stem in {choice[0] for choice in phrase.slots[0]}:
                found.setdefault(stem, []).append((name, phrase))
    return found


@cache
def _compiled_cues() -> dict[str, tuple[Phrase, ...]]:
    cues = context_cues()["en"]
    return {kind: tuple(map(compile_phrase, getattr(cues, kind))) for kind in type(cues).model_fields}


# Chinese ------------------------------------------------------------------------------------------


def _chinese(text: str) -> Iterator[Mention]:
    if not re.search(r"[一-鿿]", text):
        return
    cues = context_cues()["zh"]
    for idiom in cues.idioms:
        text = text.replace(idiom, "\x00" * len(idiom))
    for finding, parts in _chinese_phrases():
        if not all(any(choice in text for choice in part) for part in parts):
            continue
        lexeme = lexicon()[finding]
        for start, end in _chinese_spans(parts, text):
            state = _chinese_state(text, start, end)
            if state == "hypothetical" and lexeme.first_person and "我" in text:
                state = "present"
            if state in ("relative", "past") and lexeme.relatives:
                state = "present"
            yield Mention(finding, state, start, end)


@cache
def _chinese_phrases() -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """Every Chinese phrase as its parts, each with the choices of it."""
    return tuple(
        (name, tuple(tuple(choice.strip().lower() for choice in part.split("|")) for part in phrase.split("+")))
        for name, lexeme in lexicon().items()
        for phrase in lexeme.zh
    )


def _chinese_spans(parts: tuple[tuple[str, ...], ...], text: str) -> Iterator[tuple[int, int]]:
    for hit in re.finditer(_alternatives(parts[0]), text):
        low, high = hit.span()
        window = slice(max(0, low - CHINESE_WINDOW), high + CHINESE_WINDOW)
        sentence = _around(text, low, window)
        others = [re.search(_alternatives(part), text[sentence]) for part in parts[1:]]
        found = [other for other in others if other]
        if len(found) == len(others):
            spans = [(sentence.start + other.start(), sentence.start + other.end()) for other in found]
            yield min([low, *(s for s, _ in spans)]), max([high, *(e for _, e in spans)])


def _around(text: str, place: int, window: slice) -> slice:
    """The window cut at the ends of the sentence that holds `place`."""
    start = max([window.start, *(text.rfind(mark, window.start, place) + 1 for mark in "。！？；\n")])
    ends = [end for mark in "。！？；\n" if (end := text.find(mark, place, window.stop)) >= 0]
    return slice(start, min([window.stop, len(text), *ends]))


@cache
def _alternatives(part: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, part)))


def _chinese_state(text: str, start: int, end: int) -> State:
    cues = context_cues()["zh"]
    clause_start = max(text.rfind(mark, 0, start) + 1 for mark in "。！？；，\n,.!?;")
    sentence_start = max(text.rfind(mark, 0, start) + 1 for mark in "。！？；\n")
    ends = [place for mark in "。！？；，\n,.!?;" if (place := text.find(mark, end)) >= 0]
    clause_end = min([len(text), *ends])
    before, after = text[clause_start:start], text[end:clause_end]
    for phrase in cues.not_negation:
        before, after = before.replace(phrase, "\x00" * len(phrase)), after.replace(phrase, "\x00" * len(phrase))
    for stop in cues.stops:
        before = before.rpartition(stop)[2]
    if any(cue in before[-CHINESE_REACH:] for cue in cues.absent_before if cue in before):
        return "absent"
    if any(after.startswith(cue) or cue in after[:CHINESE_REACH] for cue in cues.absent_after):
        return "absent"
    sentence = f"{text[sentence_start:start]}\x00{text[end:clause_end]}"
    if any(cue in sentence for cue in cues.relative):
        return "relative"
    happening = any(cue in sentence for cue in cues.actual)
    own = any(cue in sentence for cue in cues.own)
    supposed = any(cue in sentence for cue in cues.conditional)
    if not happening and (supposed or (not own and any(cue in sentence for cue in cues.hypothetical))):
        return "hypothetical"
    clause = f"{text[clause_start:start]}\x00{text[end:clause_end]}"
    if (
        not happening
        and any(cue in clause for cue in (*cues.past, *cues.past_before))
        and not any(cue in clause for cue in cues.not_past)
    ):
        return "past"
    return "resolved" if any(cue in clause for cue in cues.resolved) else "present"
