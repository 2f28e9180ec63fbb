"""Names of people in Latin letters, told by what stands around them and by lists of common names.

How much is asked of a word depends on the trust in its context. `told`: after `my name is` nearly anything is a name.
`title`: so it is after `Dr`, but not what a doctor does. `kin`: after `my daughter` it has to look like a name.
`bare`: where nothing announces it, it has to be on a list of names that are no words, or in the place of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Literal

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.latin import LETTER, Word, shouting, words_of
from assistant.safety.privacy.wording import alternatives, folded, listed

Trust = Literal["told", "title", "kin", "bare"]

MOST_WORDS = 4
GAP = re.compile(r"(?:(?<=\b[A-Z])\.\s?| )(?=\S)")
FREE = rf"(?<![{LETTER}])"
TITLES = rf"(?:{alternatives('titles_short')}\b\.?|{alternatives('titles')}\b)\s+"
TITLE = rf"(?:\b{TITLES})?"
UNITS = r"(?<!\d)(?<!\d )(?!(?-i:MS\b|DR\b(?!\.?\s[A-Z]{2})))"  # 490 ms, multiple sclerosis, diabetic retinopathy


def _context(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


CONTEXTS: tuple[tuple[Trust, re.Pattern[str]], ...] = (
    ("told", _context(rf"\b{alternatives('introductions')}\s*[:：]?\s+{TITLE}")),
    ("told", _context(rf"(?:^|[\n;])\s*name(?:\s*[:：]\s*|\s+){TITLE}")),
    ("told", _context(rf"{FREE}{alternatives('label_phrases')}\s*(?:[:：]|\bis\b|-)\s*{TITLE}")),
    ("told", re.compile(r"\bI,\s+(?=[A-Z][a-z]+\s[A-Z])")),
    ("title", _context(rf"{FREE}{UNITS}{TITLES}")),
    ("kin", _context(rf"{FREE}{alternatives('labels')}\s*[:：]\s*{TITLE}")),
    ("kin", _context(rf"{FREE}{alternatives('mentions')}\s+{TITLE}")),
    ("kin", _context(rf"{FREE}{alternatives('relations')}(?:\s+is)?(?:\s*[,(-]\s*|\s+)(?:called|named)?\s*{TITLE}")),
    ("kin", _context(rf"{FREE}{alternatives('greetings')}[\s,]+{TITLE}")),
    ("kin", _context(rf"(?:^|[\s,.;!?(>])(?:{alternatives('self')})\s+{TITLE}")),
    ("kin", re.compile(r"(?:[让叫是给]|姓名[:：]?|名字[:：]?)\s?(?=[A-Z])")),
)
NAMED_AFTER = re.compile(rf"(?:['’]s?|s['’]?)?[\s-]+{alternatives('eponym_follows')}\b", re.IGNORECASE)
POSSESSIVE = re.compile(r"['’]s\b|(?<=s)['’](?!\w)")
BEFORE = re.compile(rf"([{LETTER}]+)[.']?\s$")
AND = re.compile(r"\s*(?:,|,?\s+(?:and|&))\s+")
COMMA = re.compile(r",\s*")
CUE = re.compile(rf"\b{alternatives('cues')}\s+$", re.IGNORECASE)
DESCRIBED = re.compile(  # an age, a sex, a number to call, or a verb behind a name
    r"\s*[,(]\s*(?:aged?\b|\+?\(?\d|male\b|female\b|[MF]\b|[\w.]+@)"
    r"|\s*,?\s+(?:aged?\b|here\b|who\b|was\b|is\b|has\b|had\b)|\s+\d{1,3}(?:\s?[MF]\b|,|\s?y)"
)
ACTING = re.compile(rf"(?:['’]s)?\s+{alternatives('acts')}\b")
GIVEN_TO = re.compile(rf"\b{alternatives('given_to')}\s+$", re.IGNORECASE)
TOGETHER_BEFORE = re.compile(r"\b(?:me and|both|between)\s+$", re.IGNORECASE)
TOGETHER_AFTER = re.compile(r"\s+and\s+(?:I|me|my|myself)\b")
FAREWELL = _context(
    rf"(?:^|[\n.!?,;:)]|[–—-])\s*{alternatives('valedictions')}(?:\s+for\s[^\n]{{0,80}})?\s*[,.!:–—-]*\s*$"
)
DASH = re.compile(r"[\s.!?][–—-]\s?$")
LINE = re.compile(r"[^\n]+")
LAST = re.compile(rf"(?:^|[.!?,]\s|\s[–—-]\s?|[a-z]\s)({TITLE}(?:[{LETTER}][{LETTER}'’.-]* ?){{1,4}})[ .!x]*$")
LONGEST_LAST, FAREWELL_LENGTH = 80, 140
LOOK_BACK = 30
Span = tuple[int, int]


def find_english_names(text: str) -> list[Identifier]:
    """The names of people in a text, wherever they are mentioned."""
    reader = _Reader(text)
    spans: dict[int, int] = {}
    for start, end in chain(reader.announced(), reader.signed(), reader.bare()):
        spans[start] = max(end, spans.get(start, 0))
    for start, end in [*reader.listed_with(spans), *reader.again(spans)]:
        spans[start] = max(end, spans.get(start, 0))
    return [Identifier("name", start, end, text[start:end]) for start, end in sorted(spans.items())]


def telling_parts(name: str) -> set[str]:
    """The parts of a name that mean its person wherever they stand: `Emily`, `Whitfield`, but not `May` or `Graves`."""
    return {word.text for word in words_of(name) if word.telling}


class _Reader:
    """Looks for names in one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words_of(text)
        self.places = {word.start: place for place, word in enumerate(self.words)}
        self.shouting = shouting(text)

    def announced(self) -> Iterator[Span]:
        """Names behind the words that announce one."""
        if not self.words:
            return
        for trust, context in CONTEXTS:
            for match in context.finditer(self.text):
                place = self.places.get(match.end())
                if place is not None and (span := self._name(place, trust)):
                    yield span

    def signed(self) -> Iterator[Span]:
        """Names at the end of a text or alone on a line: behind a farewell or a dash any, else one of the lists."""
        for line in LINE.finditer(self.text) if self.words else ():
            from_here = max(line.start(), line.end() - LONGEST_LAST)
            match = LAST.search(self.text[from_here : line.end()])
            if match and (span := self._last_words(from_here + match.start(1), from_here + match.end(1))):
                yield span

    def _last_words(self, start: int, end: int) -> Span | None:
        """The name that the last words of a line are."""
        inside = [word for word in self.words if start <= word.start < end]
        if not inside or any(word.never for word in inside[-2:]):
            return None
        trust = self._farewell(self.text[max(0, start - FAREWELL_LENGTH) : start], any(word.known for word in inside))
        span = self._name(self.places[inside[0].start], trust) if trust else None
        return span if span and not self.text[span[1] : end].strip(" .,!x") else None

    def _farewell(self, before: str, known: bool) -> Trust | None:
        """How far what stands before the last words announces a name."""
        if FAREWELL.search(before):
            return "told" if before.endswith("\n") else "kin"
        return "kin" if DASH.search(before) or (known and before.endswith("\n") and before.strip()) else None

    def bare(self) -> Iterator[Span]:
        """Names that nothing announces."""
        end = 0
        for place, word in enumerate(self.words):
            if word.start >= end and self._stands_alone(word, place) and (span := self._name(place, "bare")):
                yield span
                end = span[1]

    def listed_with(self, spans: dict[int, int]) -> list[Span]:
        """Given names that go on a list of names: `Emily, Rose and Jack`."""
        found: list[Span] = []
        for end in spans.values():
            while (link := AND.match(self.text, end)) and (place := self.places.get(link.end())) is not None:
                word = self.words[place]
                span = self._name(place, "kin") if word.capital and word.on("given", "given_words") else None
                if not span:
                    break
                found.append(span)
                end = span[1]
        return found

    def again(self, spans: dict[int, int]) -> list[Span]:
        """Mentions of a person by a part of the name that was found elsewhere."""
        parts = {part for start, end in spans.items() for part in telling_parts(self.text[start:end])}
        return [(word.start, word.end) for word in self.words if word.text in parts and not self._called_after(word)]

    def _name(self, place: int, trust: Trust) -> Span | None:
        """The name that begins at a word, where the trust allows one."""
        first = self.words[place]
        if not (self._initial_first(place, trust) if self._initial(first) else self._begins(place, trust)):
            return None
        last = self._last(place, place, first, trust)
        if trust == "kin" and last == place:
            last = self._inverted(place, trust)
        if trust in ("kin", "bare") and last == place and first.eponym and NAMED_AFTER.match(self.text, first.end):
            return None
        end = self.words[last].end
        return first.start, end + (len(self.words[last].text) == 1 and self.text[end : end + 1] == ".")

    def _last(self, place: int, last: int, first: Word, trust: Trust) -> int:
        """The place of the last word of a name."""
        while last - place + 1 < MOST_WORDS and (step := self._step(last, first, trust)):
            last += step
        return last

    def _step(self, place: int, first: Word, trust: Trust) -> int:
        """By how many words the name goes on: 0, 1, or more where a `van der` stands between."""
        for step in (1, 2, 3):
            word = self._next(place + step - 1)
            if not word:
                return 0
            if self._goes_on(first, word, trust):
                return step
            if folded(word.text) not in listed("particles"):
                return 0
        return 0

    def _next(self, place: int) -> Word | None:
        """The next word, where nothing but a space or the dot of an initial is between."""
        gap = GAP.match(self.text, self.words[place].end)
        following = self.places.get(gap.end()) if gap else None
        return None if following is None else self.words[following]

    def _initial(self, word: Word) -> bool:
        return (
            len(word.text) == 1
            and word.capital
            and (self.text[word.end : word.end + 1] == "." or word.text not in "AI")
        )

    def _initial_first(self, place: int, trust: Trust) -> bool:
        following = self._next(place)
        return bool(following and following.capital and self._goes_on(self.words[place], following, trust))

    def _begins(self, place: int, trust: Trust) -> bool:
        """Whether a name can begin with a word."""
        word = self.words[place]
        if word.never or len(word.text) < 2:
            return False
        if not word.capital:
            return self._begins_small(word, trust)
        if word.shouted:
            return word.known or (trust in ("told", "title") and word.foreign)
        if trust == "told" or (trust == "title" and (word.known or word.foreign or not self.shouting)):
            return True
        if trust == "bare" and (self._paired(place) or self._acts(word)):
            return True
        if word.on("given", "given_words"):
            return not self._called_after(word)
        return trust == "kin" and self._looks_like_one(place)

    def _begins_small(self, word: Word, trust: Trust) -> bool:
        if trust == "told":
            return word.known or word.foreign
        if trust == "title":
            surname = word.on("given", "surnames") and not word.on("given_words") and (word.given or not word.common)
            return surname or (word.foreign and len(word.text) > 3)
        return trust == "kin" and word.given and not word.on("given_words")

    def _looks_like_one(self, place: int) -> bool:
        """Whether a word with a capital letter that is no given name may be one, or the surname."""
        word, following = self.words[place], self._next(place)
        if self.shouting or self._called_after(word):
            return False
        pair = bool(following and following.capital and not following.shouted and not following.never)
        pair = pair and following is not None and (following.known or following.plausible)
        if word.eponym:
            return pair and following is not None and following.on("surnames")
        return word.on("surnames") or pair or word.plausible

    def _called_after(self, word: Word) -> bool:
        """Whether a word stands in the name of a disease, a test, a hospital or a place."""
        before = BEFORE.search(self.text, max(0, word.start - 20), word.start)
        if before and before[1].lower() in listed("place_before"):
            return True
        follows = NAMED_AFTER.match(self.text, word.end)
        return bool(follows or (word.eponym and POSSESSIVE.match(self.text, word.end)))

    def _goes_on(self, first: Word, word: Word, trust: Trust) -> bool:
        """Whether a word behind a name belongs to it."""
        if self._initial(word) or (word.text.lower() in listed("suffixes") and word.capital):
            return first.capital
        if word.never or len(word.text) < 2 or (word.eponym and NAMED_AFTER.match(self.text, word.end)):
            return False
        if not word.capital:
            named = word.on("surnames", "given") and not word.common
            return not first.capital and trust != "bare" and (named or (word.foreign and trust == "told"))
        if word.shouted != first.shouted and len(first.text) > 1 and not word.on("surnames"):
            return False
        if word.known or word.plausible or (first.given and DESCRIBED.match(self.text, word.end)):
            return True
        if trust == "bare" or word.shouted or self.shouting:
            return False
        return trust != "kin" or ((first.given or not word.common) and not word.clinical)

    def _inverted(self, place: int, trust: Trust) -> int:
        """The last word of a name that is written surname first, with a comma: LEE, ROBERT J."""
        comma = COMMA.match(self.text, self.words[place].end)
        following = self.places.get(comma.end()) if comma else None
        if following is None or not self.words[place].capital:
            return place
        given = self.words[following]
        if not given.capital or given.never or not given.on("given", "given_words"):
            return place
        return self._last(place, following, given, trust)

    def _stands_alone(self, word: Word, place: int) -> bool:
        if not word.capital or word.shouted or word.never or len(word.text) < 2:
            return False
        return (word.given and not word.on("given_words")) or self._paired(place) or self._acts(word)

    def _paired(self, place: int) -> bool:
        """Whether a word and the next are a given name and a surname."""
        word, following = self.words[place], self._next(place)
        if not following or not following.capital or following.shouted or following.never or len(following.text) < 2:
            return False
        if NAMED_AFTER.match(self.text, following.end) or (
            following.eponym and POSSESSIVE.match(self.text, following.end)
        ):
            return False
        given = word.on("given", "given_words")
        if given and (following.on("surnames") or (following.plausible and word.given)):
            return True
        if word.pinyin and following.pinyin and (word.on("surnames") or following.on("surnames")):
            return word.foreign or following.foreign
        return not (following.eponym or (word.eponym and not given)) and self._unlisted_pair(word, following)

    def _unlisted_pair(self, word: Word, following: Word) -> bool:
        if not (word.known or word.plausible) or not (following.known or following.plausible):
            return False
        if word.plausible and (following.plausible or following.on("surnames")) and (word.foreign or following.foreign):
            return True
        return bool(CUE.search(self._before(word)) or DESCRIBED.match(self.text, following.end))

    def _acts(self, word: Word) -> bool:
        """Whether a word by itself stands where only a person does."""
        before = self._before(word)
        if TOGETHER_BEFORE.search(before) or TOGETHER_AFTER.match(self.text, word.end):
            return word.known or word.plausible
        return word.plausible and bool(ACTING.match(self.text, word.end) or GIVEN_TO.search(before))

    def _before(self, word: Word) -> str:
        return self.text[max(0, word.start - LOOK_BACK) : word.start]
