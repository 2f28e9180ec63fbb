"""Words of a message: tokens with their place, stems, and spelling mended towards the words we look for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import Stemmer
from symspellpy import SymSpell, Verbosity

from knowledge.findings import context_cues, lexicon

TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.:/]\d+)*|[一-鿿]|[.,;!?\n。，、；！？]")
SENTENCE_END = frozenset(".;!?\n。；！？")
SPELT_OUT = {
    "can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not", "wont": "will not",
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "wasnt": "was not",
    "couldnt": "could not", "havent": "have not", "hasnt": "has not", "im": "i am", "ive": "i have",
    "hes": "he is", "shes": "she is", "arent": "are not", "wouldnt": "would not", "w/o": "without",
    "ams": "altered mental status",  # its stem would be that of "am"
    "several": "many",  # its stem is that of "severe"
    "extremity": "limb", "extremities": "limbs",  # their stem is that of "extremely", a filler
    "nontender": "non tender", "nonbloody": "non bloody", "nonbilious": "non bilious", "nonpruritic": "non pruritic",
    "nonpainful": "non painful", "nonproductive": "non productive", "afebrile": "no fever", "anicteric": "no icterus",
}  # fmt: skip
SHORTEST_MENDED = 5
_stem = Stemmer.Stemmer("english").stemWord


@dataclass(frozen=True, slots=True)
class Token:
    """One word, Chinese letter or mark.

    Attributes:
        stem: What is compared: the stem of the mended word, or the mark itself.
        start, end: Its place in the normalised text.
        sentence: The number of its sentence.
    """

    stem: str
    start: int
    end: int
    sentence: int


def normalise(text: str) -> str:
    """Lower case, one form of each letter (NFKC), straight quotes; lengths may change."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2032: "'"})


def tokens(text: str) -> list[Token]:
    """The tokens of a normalised text, contractions spelt out."""
    found: list[Token] = []
    sentence = 0
    for match in TOKEN.finditer(text):
        for word in _spelt_out(match.group()):
            found.append(Token(stem(word), match.start(), match.end(), sentence))
        if match.group() in SENTENCE_END:
            sentence += 1
    return found


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case word, its spelling mended first when no one would write it so on purpose."""
    if not word.isascii() or not word.isalpha():
        return word
    return str(_stem(_mended(word)))


def stems(phrase: str) -> tuple[str, ...]:
    """The stems of a phrase of the lexicon, which is never mended."""
    words = (piece for word in phrase.lower().split() for piece in (TOKEN.findall(word) or [word]))
    return tuple(_stem(part) for word in words for part in _spelt_out(word))


def _spelt_out(word: str) -> list[str]:
    if word in SPELT_OUT:
        return SPELT_OUT[word].split()
    if word.endswith("n't") and word != "n't":
        return [word[:-3], "not"]
    return [word.split("'")[0]] if "'" in word else [word]


def _mended(word: str) -> str:
    if len(word) < SHORTEST_MENDED or word in _known_words():
        return word
    distance = 1 if len(word) < 8 else 2
    near = _speller().lookup(word, Verbosity.TOP, max_edit_distance=distance)
    return near[0].term if near and near[0].term[0] == word[0] else word


@cache
def _lexicon_words() -> frozenset[str]:
    phrases = [phrase for lexeme in lexicon().values() for phrase in lexeme.en]
    cues = context_cues()["en"]
    phrases += [cue for field in type(cues).model_fields for cue in getattr(cues, field)]
    return frozenset(word for phrase in phrases for word in re.findall(r"[a-z]+", phrase.lower()))


@cache
def _known_words() -> dict[str, int]:
    """Our own words and those of the English list that symspellpy carries, which holds no misspelling, by frequency."""
    listing = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    counts = {word: int(count) for word, count in (line.split() for line in listing.splitlines())}
    return dict.fromkeys(sorted(_lexicon_words()), 1) | counts


@cache
def _speller() -> SymSpell:
    speller = SymSpell(max_dictionary_edit_distance=2)
    for word in sorted(_lexicon_words()):
        if len(word) >= SHORTEST_MENDED:
            speller.create_dictionary_entry(word, _known_words()[word])
    return speller
