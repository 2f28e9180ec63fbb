"""The grounding gate's judgement: does the evidence support a sentence, and which part of it?

A sentence is read as clauses, and a clause as terms: numbers with their units, and words under one name for each small
class of synonyms, every one affirmed or denied. A statement holds a clause when it has each of its terms with the same
mark, in order and near the same neighbours, and has no limit ("usually", "in adults") and no condition ("if") that the
sentence leaves out. Every clause must be held, by at most two statements. Only words without weight may be new: a
paraphrase that is refused costs little, because the statement itself is shown in its place. The rules were set on the
odd lines of `tests/benchmarks/data/grounding.jsonl`; the even lines measure them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement, pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from knowledge.embedding import Embedder
from knowledge.text import CJK, STOPWORDS, terms


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MARK = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
OPENER = re.compile(r"^(?:yes|no|well|so|是的|不是)[,，.。]\s*")
TIME = r"(?:minute|hour|day|week|month|year)"
# Several words that are one term, replaced in this order.
PHRASES = [(re.compile(pattern), name) for pattern, name in (
    (r"\b(?:can|could)(?:not| not|n['’]t)\b|n['’]t\b|\bimpossible\b|\bunable\b", " not"),
    (r"\b(?:no|not) only\b|\bnot just\b", " "),
    (r"\b(?:no|not) (?:more|longer) than\b|\bat most\b|\bup to\b", " atmost"),
    (r"\bat least\b|\bno less than\b|\bor (?:more|higher|over|above|older)\b", " atleast"),
    (rf"\b(?:over|above|more than|longer than|older than)(?= \w+ ?\w* {TIME}| \d)", " more"),
    (r"\b(?:under|below|less than|younger than)(?= \d)|\bunder-", " less "),
    (r"\bin the first(?= \d)", " within"),
    (r"\b(?:call|ring|dial|phone)s?(?: for)? (?:the |an )?(?:emergency number|ambulance)\b", " callnow"),
    (r"\bemergency call\b", " callnow"),
    (r"\b(?:see|ask|speak to|talk to) (?:a|the|your) (?:doctor|gp)\b", " seehelp"),
    (r"\b(?:get|need|seek)s?(?: medical)? help\b", " seehelp"),
    (r"\bbe (?:seen|checked)(?: by (?:a|your|the) (?:doctor|gp))?\b", " seehelp"),
    (r"\b(?:doctor|gp) should (?:see|check|look at)\b", " seehelp"),
    (r"\b(?:the )?(?:same|that) day\b", " sameday"),
    (r"\b(?:at once|straight away|right away|immediately)\b", " now"),
    (r"\b(?:every|each) day\b", " daily"),
    (r"\bhalf an hour\b", " 30 minutes"),
    (r"\b(?:goes?|going|gone) on\b", " last"),
    (r"\b(?:goes?|going|gone) away\b", " clear"),
    (r"\b(?:is|are|comes?|came) back\b", " return"),
    (r"\b(?:stay|steer|keep|leave)s? (?:clear|away|off)(?: of| from)?\b", " avoid"),
    (r"\b(?:leave|leaving|cut|cutting|keep)((?: [a-z']+){1,4}) (?:out|off|away)\b", r" avoid\1"),
    (r"\b(?:does |do )?no harm\b|\bnot (?:harmful|dangerous)\b", " harmless"),
    (r"\bno (?:use|good)\b", " not help"),
    (r"\b(?:as soon as|even if|even when|as long as|once)\b", " when"),
    (r"\bpregnant (?:woman|women)\b", " pregnant"),
    (r"\bhigh temperature\b", " fever"),
    (r"\b(?:shortness of|short of|trouble|difficulty) breath(?:ing)?\b", " breathlessness"),
    (r"\bin order to\b|\bas \w+ as you can\b|\bsome time\b", " "),
)]  # fmt: skip
SYNONYMS = (
    "reliever", "more higher greater longer exceed increase raise rise likelier", "less lower fewer shorter reduce"
    " decrease", "better improve", "worse worsen", "all always every everyone everybody each",
    "most mostly usually generally typically", "often frequently commonly",
    "sometimes occasionally may might can could some", "rarely seldom rare", "must", "adult grown",
    "child children kid son daughter", "baby babies infant newborn", "pregnant pregnancy", "woman women female",
    "man men male", "within inside", "last continue persist", "begin start began begun", "clear settle",
    "return recur", "help ease eases relieve relieves relief soothe", "large big", "severe serious", "illness disease",
    "medicine medication drug", "painkiller analgesic", "steroid corticosteroid", "moisturiser moisturizer emollient",
    "tablet pill", "vaccine vaccination jab", "operation surgery", "doctor doctors gp clinician", "belly tummy stomach"
    " abdomen", "stool stools poo", "mucus snot phlegm", "painful pain ache", "swelling swollen", "bleed bleeding",
    "birth born", "seizure fit fits", "haemorrhoids hemorrhoids piles", "diarrhoea diarrhea", "oestrogen estrogen",
    "paracetamol acetaminophen", "salbutamol albuterol", "adrenaline epinephrine", "fibre fiber", "anaemia anemia",
)  # fmt: skip
# Words of the stop list that do change what a sentence says.
KEPT = _words(
    "more all any each most before after only same now few may might must over under above below too unless"
    " except can could some"
)
# Where the evidence speaks of these, the sentence must as well.
LIMITING = _words(
    "all most often sometimes rarely few only too more less better worse high low caus prevent atmost atleast"
    " sameday now callnow adult child baby pregnant woman man"
)
# Terms that may stand anywhere: "with a fever, get help" is "get help with a fever".
FLOATING = _words("seehelp callnow sameday now")
LIGHT = _words(
    "get take use give make made keep go goes gone come have need find found feel thing time people person someone"
    " patient anyone still already even roughly around possible well quite symptom sign case problem trouble way"
    " medical stay carry us let try work want mean show suggest expect advise bring reason fine happen"
    " leave count become turn put hold kind type part manage tell told later again since whether 的 了 也 就 您 你 请"
)
NEGATION = re.compile(
    r"(?:no|not|never|none|nothing|without|neither|nor|than|off|avoid\w*|stop\w*)$"
    r"|[不没无勿禁忌避停别]"
)
NUMBERS = {
    "a": "1", "an": "1", "single": "1", "one": "1", "two": "2", "twice": "2", "three": "3", "four": "4", "five": "5",
    "fives": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
UNIT = re.compile(rf"(?:{TIME}|puff|dose|step|session|microgram|micromole|mmol|mg|kg|ml|lb|g|%|°|℃)s?$|[㐀-鿿]")
BETWEEN = re.compile(r"(?:to|or|and|full|\d.*)$")
TOKEN = re.compile(r"\d+(?:[.,/]\d+)*|[a-z]+|[°%℃]|[㐀-鿿]")
# A comma inside a list, which ends no clause.
LISTED = re.compile(r",(?= (?!do|no|not|and|but|or|get|see|call)(?:[\w'-]+ ){1,4}(?:and|or)\b|(?: [\w'-]+){1,3},)")
BREAK = re.compile(
    r"[;:.!?。；：，,](?!\d)|(?=\b(?:than|if|whether|when|unless|until|because|since|as)\b)"
    r"|\b(?:but|while|whereas|so|which|who|although|though)\b"
    r"|(?=\band (?:can|do|does|should|must|avoid|stop|keep|get|see|take|use|wait|callnow|seehelp|it|you|they|is|are"
    r"|will|may|that|not|never|then)\b)"
)
CONDITION = _words("if whether when unless until")
PIECE = re.compile(r"\b(?:and|or)\b")
LEAST_SIMILARITY = 0.3
FEWEST_TERMS = 2
SHORT = 3
REACH = 4


class Term(NamedTuple):
    """A word as it is compared, and whether its clause denies it."""

    name: str
    denied: bool


Piece = tuple[Term, ...]


class Clause(NamedTuple):
    """The terms between two breaks.

    Attributes:
        pieces: What stands beside "and" and "or", whose order is free.
        conditional: Whether it says when the others hold.
    """

    pieces: tuple[Piece, ...] = ()
    conditional: bool = False

    @property
    def terms(self) -> Piece:
        """All of them in order."""
        return tuple(term for piece in self.pieces for term in piece)


def clean(sentence: str) -> str:
    """A model's sentence without the citation marks that it made up or copied."""
    return MARK.sub("", sentence).strip().strip('"').strip()


def repeats(sentence: str, said: Sequence[str]) -> bool:
    """Whether nearly all of a sentence has been said."""
    words = set(terms(sentence))
    return any(len(words & set(terms(earlier))) >= 0.7 * len(words) for earlier in said) if words else True


def supporting(sentence: str, statements: Sequence[str], embedder: Embedder) -> int | None:
    """The place of the statement that supports a sentence, or of the nearer of two; None when nothing does."""
    wanted = clauses(sentence)
    if len(_flat(wanted)) < FEWEST_TERMS or sentence.rstrip().endswith(("?", "？")):
        return None
    held = [{i for i, clause in enumerate(wanted) if _holds(statement, clause, wanted)} for statement in statements]
    pairs = combinations_with_replacement(range(len(statements)), 2)
    fitting = [pair for pair in pairs if len(held[pair[0]] | held[pair[1]]) == len(wanted)]
    if not fitting:
        return None
    vectors = embedder.encode([sentence, *statements])
    near = [float(value) for value in vectors[1:] @ vectors[0]]
    first, second = max(fitting, key=lambda pair: min(near[pair[0]], near[pair[1]]))
    if min(near[first], near[second]) < LEAST_SIMILARITY:
        return None
    return first if near[first] >= near[second] else second


@lru_cache(maxsize=4096)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text; one of a single term goes with the next, unless it is a condition or a call for help."""
    plain = OPENER.sub("", text.lower())
    for pattern, name in PHRASES:
        plain = pattern.sub(name, plain)
    found: list[Clause] = []
    waiting = clause = Clause()
    for part in BREAK.split(LISTED.sub(" or ", plain)):
        clause = _clause(part, clause.conditional)
        waiting = Clause(waiting.pieces + clause.pieces, not waiting.pieces and clause.conditional)
        if len(waiting.terms) >= FEWEST_TERMS or (
            waiting.pieces and (waiting.conditional or not _fixed(waiting.terms))
        ):
            found.append(waiting)
            waiting = Clause()
    return (*found[:-1], Clause(found[-1].pieces + waiting.pieces, found[-1].conditional)) if found else (waiting,)


def _clause(part: str, goes_on: bool) -> Clause:
    """One clause; after "and" or "or", `goes_on` tells whether a condition does."""
    words = TOKEN.findall(part) or [""]
    denied = sum(NEGATION.match(word) is not None for word in words) % 2 == 1
    pieces = (tuple(Term(name, denied) for name in _names(piece)) for piece in PIECE.split(part))
    return Clause(tuple(filter(None, pieces)), goes_on if words[0] in ("and", "or") else words[0] in CONDITION)


def _names(piece: str) -> Iterator[str]:
    """What is compared of each word of a piece."""
    spoken = TOKEN.findall(piece)
    words = [NUMBERS.get(word, word) for word in spoken]
    counted = False
    for place, word in enumerate(words):
        if word[0].isdigit():
            unit = _unit(words[place + 1 :])
            if unit or spoken[place] == word or int(word) > 2:  # "one" and "a" alone count nothing
                yield word + unit
                counted = bool(unit)
        elif counted and UNIT.match(word):
            counted = False
        elif name := _name(word):
            yield name


def _unit(behind: list[str]) -> str:
    for word in behind[:3]:
        if UNIT.match(word):
            return word.rstrip("s")
        if not BETWEEN.match(word):
            break
    return ""


@lru_cache(maxsize=20_000)
def _name(word: str) -> str:
    """The name of a word's class, its stem, or nothing where it carries no weight."""
    name = CLASSES.get(word) or CLASSES.get(_stem(word))
    if word in KEPT or (name and word not in STOPWORDS):
        return name or word
    return "" if NEGATION.match(word) or word in STOPWORDS or _stem(word) in LIGHT_STEMS else _stem(word)


def _stem(word: str) -> str:
    return (terms(word) or [word])[0]


def _holds(statement: str, clause: Clause, sentence: tuple[Clause, ...]) -> bool:
    evidence = clauses(statement)
    parts = [part.terms for part in evidence]
    fixed = _fixed(clause.terms)
    return (
        all(_holds_piece(parts, piece) for piece in clause.pieces)
        and all(_has_neighbour(parts, fixed, place) for place in range(len(fixed)))
        and not _limited(evidence, clause, {term.name for term in _flat(sentence)})
        and _keeps_conditions(evidence, set(_flat(sentence)))
    )


def _limited(evidence: tuple[Clause, ...], clause: Clause, told: set[str]) -> bool:
    """Whether the part of the evidence that a clause draws on has a limit that the sentence leaves out."""
    for part in evidence:
        free = {term for term in part.terms if term.name not in LIMITING}
        shared = len(set(clause.terms) & set(part.terms))
        if shared > min(len(clause.terms), len(free)) / 2 and {term.name for term in part.terms} & LIMITING - told:
            return True
    return False


def _keeps_conditions(evidence: tuple[Clause, ...], sentence: set[Term]) -> bool:
    """Whether the sentence has enough of the conditions, and what each of them was about."""
    conditions = {term for part in evidence if part.conditional for term in part.terms}
    enough = len(sentence & conditions) >= min(FEWEST_TERMS, len(conditions))
    return enough and all(
        sentence & set(ruled.terms)
        for ruled, part in pairwise(evidence)
        if part.conditional and sentence & set(part.terms)
    )


def _holds_piece(parts: list[Piece], piece: Piece) -> bool:
    all_terms = tuple(term for part in parts for term in part)
    fixed = _fixed(piece)
    turned = len(fixed) - LCSseq.similarity(fixed, all_terms)
    may_turn = len(fixed) <= SHORT and any(set(fixed) <= set(part) for part in parts) and not _chinese(fixed)
    return set(piece) <= set(all_terms) and turned <= may_turn


def _has_neighbour(parts: list[Piece], terms: Piece, place: int) -> bool:
    """Whether a term stands near one of its neighbours in a clause of the evidence; beside it, for a Chinese letter."""
    reach = 1 if _chinese(terms) else REACH
    beside = {*terms[max(0, place - 1) : place], *terms[place + 1 : place + 2]}
    return not beside or any(
        term == terms[place] and beside & set(part[max(0, i - reach) : i + reach + 1])
        for part in parts
        for i, term in enumerate(part)
    )


def _fixed(piece: Piece) -> Piece:
    return tuple(term for term in piece if term.name not in FLOATING)


def _chinese(piece: Piece) -> bool:
    return any(CJK.search(term.name) for term in piece)


def _flat(found: tuple[Clause, ...]) -> Piece:
    return tuple(term for clause in found for term in clause.terms)


CLASSES = {
    form: line.split()[0] for line in reversed(SYNONYMS) for word in line.split() for form in (_stem(word), word)
}
LIGHT_STEMS = LIGHT | {_stem(word) for word in LIGHT}
