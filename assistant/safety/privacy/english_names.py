"""Names of people in Latin letters, told by what stands around them and by lists of common names.

How much is asked of a word depends on the context, its trust: after `my name is` nearly anything is a name, after
`my daughter` a word that English has not or a name of the lists, in the middle of nowhere a name that is no word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.wording import alternatives, folded, frequency, listed, medical, named

Trust = Literal["told", "title", "kin", "bare"]

LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"
WORD = re.compile(rf"(?<!\d)[{LETTER}]+(?:['’-](?![sS]\b)[{LETTER}]+)*(?!\d)")
GAP = re.compile(r"(?:(?<=\b[A-Z])\.\s?| |\.(?= ) )(?=\S)")
TITLE = rf"(?:\b(?:{alternatives('titles')})\b\.?\s+)?"
VERY_COMMON = 60_000_000  # of a trillion: words that people type in small letters for what they mean
RARE = 1_000_000
MOST_WORDS = 4
EPONYM = re.compile(rf"(?:['’]s?|s['’]?)?[\s-]+{alternatives('eponym_follows')}\b", re.IGNORECASE)
POSSESSIVE = re.compile(r"['’]s\b|(?<=s)['’](?!\w)")
BEFORE = re.compile(rf"([{LETTER}]+)[.']?\s$")
AND = re.compile(r"\s*(?:,|,?\s+(?:and|&))\s+")
INVERTED = re.compile(r",\s*")
AGED = re.compile(
    r"\s*[,(]\s*(?:aged?\b|\+?\(?\d|male\b|female\b|[MF]\b|[\w.]+@)|\s*,?\s+(?:aged?\b|here\b|who\b|was\b|is\b|has\b|had\b)|\s+\d{1,3}(?:\s?[MF]\b|,|\s?y)"
)
CONTRACTED = re.compile(r"['’](?:d|ll|ve|re|m|t)$", re.IGNORECASE)
PART = r"(?:(?:Mc|Mac|De|Di|La|Le|Al|O['’]|D['’]|L['’]|N['’])?[^\W\d_a-z][^\W\d_A-Z]+|[^\W\d_a-z]{2,})"
SPELT = re.compile(rf"{PART}(?:-{PART})*|[^\W\d_A-Z]+")  # a capital letter at the head, or all of them
MEDICAL = re.compile(
    r"(?:^cef\w+|azolin|mab|nib|pine|zepam|oxacin|cycline|parin|gliptin|gliflozin|glutide|setron|triptan|prazole|semide|thiazide|barbital"
    r"|lukast|terol|solone|onide|dronate|platin|rubicin|taxel|vudine|xaban|lol"
    r"|itis|osis|asis|emia|oma|path[yi]c?|algia|uria|plegia|penia|phasia|pepsia|phobia|rrh?o?ea|ectomy|scopy|illin|pril|olol|artan|statin"
    r"|azole|ycin|fen|caine|ism|ic|ing|ed|ous|tion|logy|ness|ment|ive|ary|ics|gram)s?$",
    re.IGNORECASE,
)

ACTING = re.compile(rf"(?:['’]s)?\s+{alternatives('acts')}\b")
GIVEN_TO = re.compile(rf"\b{alternatives('given_to')}\s+$", re.IGNORECASE)
TOGETHER_BEFORE = re.compile(r"\b(?:me and|both|between)\s+$", re.IGNORECASE)
TOGETHER_AFTER = re.compile(r"\s+and\s+(?:I|me|my|myself)\b")

CONTEXTS: tuple[tuple[Trust, re.Pattern[str]], ...] = (
    ("told", re.compile(rf"\b{alternatives('introductions')}\s*[:：]?\s+{TITLE}", re.IGNORECASE)),
    ("told", re.compile(rf"(?:^|[\n;])\s*name(?:\s*[:：]\s*|\s+){TITLE}|\bI,\s+(?=[A-Z][a-z]+\s[A-Z])", re.IGNORECASE)),
    ("title", re.compile(rf"(?<![{LETTER}])(?<!\d )(?<!\d)(?!(?-i:MS\b|DR\b(?!\.?\s[A-Z]{{2}}))){alternatives('titles')}\b\.?\s+", re.IGNORECASE)),
    ("kin", re.compile(rf"(?<![{LETTER}]){alternatives('labels')}\s*[:：]\s*{TITLE}", re.IGNORECASE)),
    ("told", re.compile(rf"(?<![{LETTER}]){alternatives('label_phrases')}\s*(?:[:：]|\bis\b|-)\s*{TITLE}", re.IGNORECASE)),
    ("kin", re.compile(rf"(?<![{LETTER}]){alternatives('mentions')}\s+{TITLE}", re.IGNORECASE)),
    ("kin", re.compile(rf"(?<![{LETTER}]){alternatives('relations')}(?:\s+is)?(?:\s*[,(-]\s*|\s+)(?:called|named)?\s*{TITLE}", re.IGNORECASE)),
    ("kin", re.compile(rf"(?<![{LETTER}]){alternatives('greetings')}[\s,]+{TITLE}", re.IGNORECASE)),
    ("kin", re.compile(rf"(?:^|[\s,.;!?(>])(?:{alternatives('self')})\s+{TITLE}", re.IGNORECASE)),
    ("kin", re.compile(r"(?:[让叫是给]|姓名[:：]?|名字[:：]?)\s?(?=[A-Z])")),
)
VALEDICTION = re.compile(
    rf"(?:^|[\n.!?,;:)]|[–—-])\s*{alternatives('valedictions')}(?:\s+for\s[^\n]{{0,80}})?\s*[,.!:–—-]*\s*$", re.IGNORECASE
)
SIGNED = re.compile(rf"(?:^|\n|[.!?,]\s|\s[–—-]\s?|[a-z]\s)({TITLE}(?:[{LETTER}][{LETTER}'’.-]* ?){{1,4}})[ .!x]*(?=\n|$)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, or of a name."""

    text: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def shouted(self) -> bool:
        """Whether it is all capital letters, as abbreviations are."""
        return len(self.text) > 1 and self.text.isupper()

    def on(self, *lists: str) -> bool:
        """Whether one of the lists has it, or each part of it where it has a hyphen."""
        found = [named(name) for name in lists]
        parts = [folded(self.text), *([] if "-" not in self.text else [folded(self.text.replace("-", ""))])]
        if any(part in names for part in parts for names in found):
            return True
        split = folded(self.text).split("-")
        return len(split) > 1 and all(any(part in names for names in found) for part in split)

    @property
    def known(self) -> bool:
        """Whether any list of names has it."""
        return self.on("given", "given_words", "surnames")

    @property
    def never(self) -> bool:
        """Whether it is no part of any name."""
        if CONTRACTED.search(self.text):
            return True
        return self.text.lower() in listed("never") or folded(self.text) in listed("never") - listed("months")

    @property
    def foreign(self) -> bool:
        """Whether English has no such word."""
        return len(self.text) > 2 and not frequency(self.text) and not frequency(folded(self.text))

    @property
    def eponym(self) -> bool:
        """Whether something in medicine is called after it."""
        return bool(listed("eponyms").intersection({folded(self.text), *folded(self.text).split("-")}))

    @property
    def plausible(self) -> bool:
        """Whether it may be a name, though no list has it: hardly a word of English, nor of medicine."""
        if len(self.text) < 3 or self.eponym or not SPELT.fullmatch(self.text) or folded(self.text) in listed("brands"):
            return False
        return frequency(self.text) < RARE and not MEDICAL.search(self.text) and not medical(self.text)


def find_english_names(text: str) -> list[Identifier]:
    """The names of people in a text, wherever they are mentioned."""
    words = [Word(match.group(), match.start(), match.end()) for match in WORD.finditer(text)]
    if not words:
        return []
    at = {word.start: place for place, word in enumerate(words)}
    spans: dict[int, int] = {}
    for start, end in chain(_told(text, words, at), _signed(text, words, at), _bare(text, words)):
        spans[start] = max(end, spans.get(start, 0))
    spans.update(_coordinated(text, words, at, spans))
    spans.update(_again(text, words, spans))
    return [Identifier("name", start, end, text[start:end]) for start, end in sorted(spans.items())]


def _told(text: str, words: list[Word], at: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Names behind the words that announce one."""
    for trust, context in CONTEXTS:
        for match in context.finditer(text):
            place = at.get(match.end())
            if place is not None and (span := _name(text, words, place, trust)):
                yield span


def _name(text: str, words: list[Word], place: int, trust: Trust) -> tuple[int, int] | None:
    """The name that begins at a word, where the trust allows one."""
    first = words[place]
    last = place
    if _initial(text, first) and place + 1 < len(words) and GAP.match(text, first.end):
        if not _goes_on(text, first, words[place + 1], trust) or not words[place + 1].capital:
            return None
    elif not _begins(text, words, place, trust):
        return None
    while last + 1 < len(words) and last - place + 1 < MOST_WORDS and (step := _step(text, words, last, first, trust)):
        last += step
    last = _inverted(text, words, place, last, trust)
    if trust != "told" and trust != "title" and last == place and first.eponym and EPONYM.match(text, first.end):
        return None
    return first.start, _end(text, words[last])


def _end(text: str, word: Word) -> int:
    """Where a name ends, with the dot of an initial."""
    return word.end + (len(word.text) == 1 and text[word.end : word.end + 1] == ".")


def _initial(text: str, word: Word) -> bool:
    return len(word.text) == 1 and word.capital and (text[word.end : word.end + 1] == "." or word.text not in "AI")


def _begins(text: str, words: list[Word], place: int, trust: Trust) -> bool:
    word = words[place]
    if word.never or len(word.text) < 2:
        return False
    if not word.capital:
        return _begins_small(word, trust)
    if word.shouted:
        return word.known or (trust in ("told", "title") and word.foreign)
    if trust in ("told", "title"):
        return word.known or word.foreign or trust == "told" or not _shouting(text)
    if trust == "bare" and (_paired(text, words, place) or _acts(text, word)):
        return True
    if word.on("given", "given_words"):
        return not _called_after(text, word)
    following = words[place + 1] if place + 1 < len(words) and GAP.match(text, word.end) else None
    if word.eponym and not (following and following.on("surnames") and not EPONYM.match(text, following.end)):
        return False
    pair = bool(following and following.capital and not following.shouted and not following.never)
    pair = pair and (following.known or following.plausible)
    likely = word.on("surnames") or pair or word.plausible
    return trust == "kin" and likely and not _shouting(text) and not _called_after(text, word)


def _begins_small(word: Word, trust: Trust) -> bool:
    rare = frequency(word.text) < VERY_COMMON or word.on("given")
    if trust == "told":
        return word.known or word.foreign
    if trust == "title":
        return (word.on("given", "surnames") and rare and not word.on("given_words")) or (word.foreign and len(word.text) > 3)
    return trust == "kin" and word.on("given") and not word.on("given_words")


def _shouting(text: str) -> bool:
    """Whether a text writes all its words with capital letters, so that these say nothing."""
    found = [word for word in WORD.findall(text) if len(word) > 3]
    return len(found) > 3 and all(word[0].isupper() for word in found)


def _called_after(text: str, word: Word) -> bool:
    """Whether a word stands in the name of a disease, a test, a hospital or a place."""
    before = BEFORE.search(text, max(0, word.start - 20), word.start)
    if before and before[1].lower() in listed("place_before"):
        return True
    return bool(EPONYM.match(text, word.end)) or (word.eponym and bool(POSSESSIVE.match(text, word.end)))


def _step(text: str, words: list[Word], last: int, first: Word, trust: Trust) -> int:
    """How many words the name goes on by: 0, 1, or 2 and more where a `van der` stands between."""
    step = 1
    place = last
    while GAP.match(text, words[place].end) and (place := place + 1) < len(words) and step <= 3:
        word = words[place]
        if GAP.match(text, words[place - 1].end).end() != word.start:  # type: ignore[union-attr]
            return 0
        if _goes_on(text, first, word, trust):
            return step
        if folded(word.text) not in listed("particles") or (not word.capital and not first.capital and step > 2):
            return 0
        step += 1
    return 0


def _goes_on(text: str, first: Word, word: Word, trust: Trust) -> bool:
    """Whether a word behind a name belongs to it."""
    if _initial(text, word) or (word.text.lower().strip(".") in listed("suffixes") and word.capital):
        return first.capital
    if word.never or len(word.text) < 2 or EPONYM.match(text, word.end) and word.eponym:
        return False
    if not word.capital:
        if first.capital or trust == "bare":
            return False
        return (word.on("surnames", "given") and frequency(word.text) < VERY_COMMON) or (word.foreign and trust == "told")
    if word.shouted != first.shouted and not (len(first.text) == 1 or word.on("surnames")):
        return False
    if word.known or word.plausible or (first.on("given") and AGED.match(text, word.end)):
        return True
    if trust == "bare" or word.shouted or _shouting(text):
        return False
    uncommon = frequency(word.text) < VERY_COMMON or first.on("given")
    return trust != "kin" or (uncommon and not MEDICAL.search(word.text) and folded(word.text) not in listed("brands"))


def _inverted(text: str, words: list[Word], place: int, last: int, trust: Trust) -> int:
    """The last word of a name that is written surname first, with a comma: LEE, ROBERT J."""
    comma = INVERTED.match(text, words[last].end)
    if trust == "kin" and comma and last == place and last + 1 < len(words) and words[last + 1].start == comma.end():
        given = words[last + 1]
        if given.on("given", "given_words") and given.capital and not given.never and words[place].capital:
            last += 1
            while last + 1 < len(words) and (step := _step(text, words, last, given, trust)):
                last += step
    return last


def _bare(text: str, words: list[Word]) -> Iterator[tuple[int, int]]:
    """Names that nothing announces: those of the lists that are no words, and pairs that look like one."""
    place = 0
    while place < len(words):
        span = _name(text, words, place, "bare") if _stands_alone(text, words, place) else None
        if span:
            yield span
        place += 1
        while span and place < len(words) and words[place].start < span[1]:
            place += 1


def _stands_alone(text: str, words: list[Word], place: int) -> bool:
    word = words[place]
    if not word.capital or word.shouted or word.never or len(word.text) < 2:
        return False
    if word.on("given") and not word.on("given_words"):
        return True
    return _paired(text, words, place) or _acts(text, word)


def _acts(text: str, word: Word) -> bool:
    """Whether a word by itself, on no list or on that of words, stands where only a person does."""
    before = text[max(0, word.start - 30) : word.start]
    if TOGETHER_BEFORE.search(before) or TOGETHER_AFTER.match(text, word.end):
        return word.known or word.plausible
    return word.plausible and bool(ACTING.match(text, word.end) or GIVEN_TO.search(before))


def _paired(text: str, words: list[Word], place: int) -> bool:
    """Whether a word and the next are a given name and a surname."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) and GAP.match(text, word.end) else None
    if not following or not following.capital or following.shouted or following.never or len(following.text) < 2:
        return False
    if EPONYM.match(text, following.end) or (POSSESSIVE.match(text, following.end) and following.eponym):
        return False
    given = word.on("given", "given_words")
    if given and (following.on("surnames") or (following.plausible and word.on("given"))):
        return True
    if _pinyin(word) and _pinyin(following) and (word.on("surnames") or following.on("surnames")):
        return word.foreign or following.foreign
    if following.eponym or (word.eponym and not given) or not (word.known or word.plausible) or not (following.known or following.plausible):
        return False
    cued = re.search(rf"\b{alternatives('cues')}\s+$", text[max(0, word.start - 20) : word.start], re.IGNORECASE)
    if word.plausible and (following.plausible or following.on("surnames")) and word.foreign + following.foreign:
        return True
    return bool(cued or AGED.match(text, following.end))


def _pinyin(word: Word) -> bool:
    small = folded(word.text).replace("-", "")
    return any(
        not rest or rest in named("pinyin")
        for head, rest in ((small[:cut], small[cut:]) for cut in range(1, len(small) + 1))
        if head in named("pinyin")
    )


def _signed(text: str, words: list[Word], at: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Names at the end of a text or alone on a line: behind a farewell or a dash any, else one of the lists."""
    for match in SIGNED.finditer(text):
        place = at.get(match.start(1)) if match.start(1) in at else None
        inside = [word for word in words if match.start(1) <= word.start < match.end(1)]
        if not inside or any(word.never for word in inside[-2:]):
            continue
        place = at[inside[0].start]
        before = text[: match.start(1)]
        farewell = VALEDICTION.search(before) or re.search(r"[\s.!?][–—-]\s?$", before)
        lonely = before.endswith("\n") and bool(before.strip())
        trust: Trust = "told" if farewell and before.endswith("\n") else "kin"
        span = _name(text, words, place, trust) if farewell or (lonely and any(word.known for word in inside)) else None
        if span and not text[span[1] : match.end(1)].strip(" .,!x"):
            yield span


def _coordinated(text: str, words: list[Word], at: dict[int, int], spans: dict[int, int]) -> dict[int, int]:
    """Given names that go on a list of names: `Emily, Rose and Jack`."""
    found: dict[int, int] = {}
    for end in spans.values():
        while (link := AND.match(text, end)) and (place := at.get(link.end())) is not None:
            word = words[place]
            if not (word.capital and word.on("given", "given_words")) or word.never:
                break
            span = _name(text, words, place, "kin")
            if not span:
                break
            found[span[0]] = end = span[1]
    return found


def _again(text: str, words: list[Word], spans: dict[int, int]) -> dict[int, int]:
    """Mentions of a person by a part of the name that was found elsewhere."""
    inside = {word for word in words for start, end in spans.items() if start <= word.start < end}
    parts = {word.text for word in inside if len(word.text) > 2 and word.capital and not word.eponym and _tells(word)}
    return {
        word.start: word.end
        for word in words
        if word.text in parts and word not in inside and not _called_after(text, word)
    }


def _tells(word: Word) -> bool:
    """Whether a part of a name is a name by itself wherever it stands."""
    return not word.never and not word.on("given_words") and (word.foreign or word.on("given", "surnames") and frequency(word.text) < VERY_COMMON)
