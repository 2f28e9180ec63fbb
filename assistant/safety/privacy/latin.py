"""Words in Latin letters, and how much each by itself looks like a part of a person's name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.safety.privacy.wording import folded, frequency, listed, medical, named

LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"
WORD = re.compile(rf"(?<!\d)[{LETTER}]+(?:['’-](?![sS]\b)[{LETTER}]+)*(?!\d)")
CONTRACTED = re.compile(r"['’](?:d|ll|ve|re|m|t)$", re.IGNORECASE)
PART = r"(?:(?:Mc|Mac|De|Di|La|Le|Al|O['’]|D['’]|L['’]|N['’])?[^\W\d_a-z][^\W\d_A-Z]+|[^\W\d_a-z]{2,})"
SPELT = re.compile(rf"{PART}(?:-{PART})*|[^\W\d_A-Z]+")  # a capital letter at the head, or all of them, or none
MEDICAL = re.compile(  # ends of the names of medicines, then of diseases and of what is ordinary
    r"(?:^cef\w+|azolin|mab|nib|pine|zepam|oxacin|cycline|parin|gliptin|gliflozin|glutide|setron|triptan|prazole|semide"
    r"|thiazide|barbital|lukast|terol|solone|onide|dronate|platin|rubicin|taxel|vudine|xaban|lol|illin|pril|artan|statin"
    r"|azole|ycin|fen|caine|itis|osis|asis|emia|oma|path[yi]c?|algia|uria|plegia|penia|phasia|pepsia|phobia|rrh?o?ea"
    r"|ectomy|scopy|ism|ic|ing|ed|ous|tion|logy|ness|ment|ive|ary|ics|gram)s?$",
    re.IGNORECASE,
)
VERY_COMMON = 60_000_000  # of a trillion words: what people type in small letters for what it means
RARE = 1_000_000  # below it the list of English words holds mostly names, foreign words and medicine


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its place in a text."""

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
        word = folded(self.text)
        if _on(word, lists) or "-" not in word:
            return _on(word, lists)
        return _on(word.replace("-", ""), lists) or all(_on(part, lists) for part in word.split("-"))

    @property
    def given(self) -> bool:
        """Whether it is a given name and no word."""
        return self.on("given")

    @property
    def known(self) -> bool:
        """Whether any list of names has it."""
        return self.on("given", "given_words", "surnames")

    @property
    def foreign(self) -> bool:
        """Whether English has no such word."""
        return len(self.text) > 2 and not frequency(self.text) and not frequency(folded(self.text))

    @property
    def common(self) -> bool:
        """Whether it is among the most common words of English."""
        return frequency(self.text) >= VERY_COMMON

    @property
    def never(self) -> bool:
        """Whether it is no part of any name, even with a capital letter."""
        return self.text.lower() in listed("never") or bool(CONTRACTED.search(self.text))

    @property
    def eponym(self) -> bool:
        """Whether something in medicine is called after it."""
        word = folded(self.text)
        return word in listed("eponyms") or ("-" in word and not listed("eponyms").isdisjoint(word.split("-")))

    @property
    def clinical(self) -> bool:
        """Whether it is the name of a medicine or a word of medicine, as far as its form and our lists say."""
        return folded(self.text) in listed("brands") or bool(MEDICAL.search(self.text))

    @property
    def plausible(self) -> bool:
        """Whether it may be a name though no list has it: hardly a word of English, and not one of medicine."""
        if len(self.text) < 3 or self.eponym or self.clinical or not SPELT.fullmatch(self.text):
            return False
        return frequency(self.text) < RARE and not medical(self.text)

    @property
    def pinyin(self) -> bool:
        """Whether it is one or two syllables of Chinese."""
        word, syllables = folded(self.text).replace("-", ""), named("pinyin")
        cuts = ((word[:cut], word[cut:]) for cut in range(1, len(word) + 1))
        return any(head in syllables and (not rest or rest in syllables) for head, rest in cuts)

    @property
    def telling(self) -> bool:
        """Whether, as a part of a known person's name, it means the person wherever it stands again."""
        if len(self.text) < 3 or not self.capital or self.eponym or self.never or self.on("given_words"):
            return False
        return self.foreign or (self.on("given", "surnames") and not self.common)


def _on(word: str, lists: tuple[str, ...]) -> bool:
    return any(word in named(each) for each in lists)


def words_of(text: str) -> list[Word]:
    """The words of a text in Latin letters."""
    return [Word(match.group(), match.start(), match.end()) for match in WORD.finditer(text)]


def shouting(text: str) -> bool:
    """Whether a text begins all its longer words with capital letters, so that these say nothing."""
    found = [word for word in WORD.findall(text) if len(word) > 3]
    return len(found) > 3 and all(word[0].isupper() for word in found)
