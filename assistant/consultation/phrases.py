"""The small grammar of the lexicon's phrases, compiled into stems and found in a sentence.

`knowledge.findings` says what the grammar means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from assistant.consultation.words import stems

Slot = tuple[tuple[str, ...], ...]
NUMBER = "#"
DENYING = frozenset(("no", "not", "without", "deni"))
MOST_FILLERS = 3
GROUP_WINDOW = 9
FILLERS = frozenset((
    "a", "an", "the", "my", "his", "her", "their", "our", "your", "its", "is", "are", "was", "were", "am", "be",
    "been", "being", "have", "has", "had", "i", "he", "she", "it", "we", "they", "this", "that", "very", "really",
    "so", "quite", "bit", "some", "of", "in", "on", "at", "to", "from", "with", "feel", "feels", "feeling", "felt",
    "like", "just", "get", "gets", "getting", "got", "do", "does", "did", "there", "and", "extremely", "pretty",
    "badly", "bad", "severe", "terrible", "awful", "horrible", "all",
))  # fmt: skip
FILLER_STEMS = frozenset(stem for word in FILLERS for stem in stems(word))


@dataclass(frozen=True, eq=False)
class Phrase:
    """A compiled phrase: places to fill in this order, or a group in any order."""

    slots: tuple[Slot, ...]
    ordered: bool

    @cached_property
    def firsts(self) -> tuple[frozenset[str], ...]:
        """The stems with which each place can begin; a sentence that lacks all of one cannot match."""
        return tuple(frozenset(choice[0] for choice in slot) for slot in self.slots)


def compile_phrase(phrase: str) -> Phrase:
    """Read the grammar of `knowledge.findings` into stems."""
    if " + " in phrase:
        groups = [part.split("|") for part in phrase.split(" + ")]
        return Phrase(tuple(tuple(stems(choice) for choice in group) for group in groups), ordered=False)
    places = [place.split("|") for place in phrase.split()]
    return Phrase(tuple(tuple(stems(choice) for choice in place) for place in places), ordered=True)


def spans(phrases: Iterable[Phrase], line: list[str]) -> list[tuple[int, int]]:
    """Start and end of every match of any of the phrases in a sentence of stems."""
    places = places_of(line)
    return [span for phrase in phrases for span in match(phrase, line, places)]


def places_of(line: list[str]) -> dict[str, list[int]]:
    """Where each stem stands in a sentence; `#` for every number."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(line):
        places.setdefault(word, []).append(place)
        if word[0].isdigit():
            places.setdefault(NUMBER, []).append(place)
    return places


def match(phrase: Phrase, line: list[str], places: dict[str, list[int]]) -> Iterator[tuple[int, int]]:
    """Start and end of every match of one phrase."""
    stems_there = places.keys()
    if any(stems_there.isdisjoint(firsts) for firsts in phrase.firsts):
        return
    if phrase.ordered:
        for choice in phrase.slots[0]:
            for start in places.get(choice[0], ()):
                end = _follow(phrase.slots, line, start)
                if end:
                    yield start, end
    else:
        yield from _match_group(phrase.slots, line, places)


def _follow(slots: tuple[Slot, ...], line: list[str], start: int) -> int:
    """The end of a sequence that begins at `start`, or 0."""
    place = start
    for number, slot in enumerate(slots):
        skipped = 0
        while True:
            length = next((len(c) for c in slot if _stands(c, line, place)), 0)
            if length:
                break
            if number == 0 or place >= len(line) or line[place] not in FILLER_STEMS or skipped == MOST_FILLERS:
                return 0
            place, skipped = place + 1, skipped + 1
        place += length
    return place


def _stands(choice: tuple[str, ...], line: list[str], place: int) -> bool:
    words = line[place : place + len(choice)]
    return len(words) == len(choice) and all(
        word == want or (want == NUMBER and word[0].isdigit()) for word, want in zip(words, choice, strict=True)
    )


def _match_group(slots: tuple[Slot, ...], line: list[str], places: dict[str, list[int]]) -> Iterator[tuple[int, int]]:
    """Each first place of the group, with the nearest filling of the others, if all lie in one window."""
    for start, length in _fillings(slots[0], line, places):
        low, high = start, start + length
        filled = [(low, high)]
        for slot in slots[1:]:
            near = [(s, s + n) for s, n in _fillings(slot, line, places) if s + n <= start or s >= start + length]
            if not near:
                return
            s, e = min(near, key=lambda span: abs(span[0] - start))
            low, high = min(low, s), max(high, e)
            filled.append((s, e))
        if high - low <= GROUP_WINDOW and not _denied_within(filled, low, line):
            yield low, high


def _denied_within(filled: list[tuple[int, int]], low: int, line: list[str]) -> bool:
    """Whether a part of a group is denied by the word before it: "pregnant, no bleeding"."""
    taken = {place for s, e in filled for place in range(s, e)}
    return any(s > low and s - 1 not in taken and line[s - 1] in DENYING for s, _ in filled)


def _fillings(slot: Slot, line: list[str], places: dict[str, list[int]]) -> list[tuple[int, int]]:
    return [
        (place, len(choice)) for choice in slot for place in places.get(choice[0], ()) if _stands(choice, line, place)
    ]
