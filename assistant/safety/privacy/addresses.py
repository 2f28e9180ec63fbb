"""Postal addresses: streets with a number, postcodes with what stands before them, Chinese ones from town to room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.wording import alternatives, listed

Span = tuple[int, int]

STREETS, SMALL = alternatives("streets"), alternatives("address_words")
NUMBER = r"(?<![\w/.:-])(?:no\.?\s?)?\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
SIDE = r"(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?"
PROPER = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|\d{1,3}(?:st|nd|rd|th))"
UNIT = rf"(?i:{alternatives('units')}\.?\s?#?\s?(?:\d{{1,5}}[A-Za-z]?|[A-Za-z]\d{{0,4}})|#\s?\d{{1,5}}[A-Za-z]?)(?!\w)"
POSTCODE = rf"(?<!\w){alternatives('postcode_areas')}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{{2}}(?!\w)"
CANADIAN = r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d(?!\w)"
ZIP = rf"(?<!\w){alternatives('states')}\.?,?\s+\d{{4,5}}(?:-\d{{4}})?(?!\w)"
STREET = re.compile(
    rf"(?:{UNIT},?\s+)?{NUMBER},?\s(?:{SIDE}\s)?(?:(?:{PROPER}|of|the|de|la|du)\s){{1,4}}?(?i:{STREETS})(?![\w'’])\.?"
    rf"(?:\s{SIDE}(?!\w))?(?:,?\s*{UNIT})?"
)
TYPED_STREET = re.compile(  # as people type it, without capital letters
    rf"(?:{UNIT},?\s+)?{NUMBER},?\s(?:(?!{alternatives('distances')}\b)[a-z'’]+\s){{1,3}}?"
    rf"{alternatives('plain_streets')}\b\.?(?:,?\s*{UNIT})?",
    re.IGNORECASE,
)
BOX = re.compile(
    r"\b(?:P\.?\s?O\.?\s?Box|PSC|CMR|unit(?=\s\d+,?\sbox)|post(?:al)? box)\s?#?\d{1,6}(?:,? Box \d{1,6})?",
    re.IGNORECASE,
)
CODE = re.compile(f"{POSTCODE}|{ZIP}|{CANADIAN}")
TYPED_CODE = re.compile(rf"{POSTCODE}|{ZIP}", re.IGNORECASE)
CODE_LABEL = re.compile(
    r"(?:\b(?:zip|(?:zip|post|postal|pin)\s?-?codes?)(?:\s+(?:is|are|no\.?))?|邮编|邮政编码是?)\s*[:：]?\s*"
    r"([A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{2}-\d{3}|\d{4,6}(?:-\d{3,4})?)(?!\w)",
    re.IGNORECASE,
)
LABEL = re.compile(rf"\b{alternatives('address_labels')}\b\s*[:：]?\s*", re.IGNORECASE)
CUE = re.compile(rf"\b(?:{alternatives('address_labels')}|{alternatives('place_cues')})\b\s*[:：]?\s*", re.IGNORECASE)
REACH = 140  # letters that an address is looked for behind a cue
SENTENCE_END = re.compile(r"[!?;；。]|\.\s+(?=[A-Z][a-z])(?<!\b[A-Z]\.)")
BEGINS = re.compile(rf"\W*(?:\d|[A-Z])|{UNIT}")
PROPER_NUMBER = re.compile(r"(?=[^,.\n]*[A-Z][a-z]{2})\d[\w'’.#/-]*")
COMMA = re.compile(r"\s*(?:[,，]\s*|\n\s*)")
BLANK = re.compile(r"\s+")
BREAK = re.compile(r"[,\n:：;!?]")
WORD = re.compile(r"[\w'’.#/-]+")
MOST_PIECES, MOST_WORDS = 4, 5

HAN = "一-龥"
ROAD_END = "(?:路|街|巷|弄|胡同|大道|大街|道|村|小区|花园|新村|苑|公寓|广场|镇|乡|街道|社区)"
ROAD = rf"[{HAN}A-Za-z]{{1,10}}?{ROAD_END}"
DOOR = (
    r"(?:[东南西北中]?[A-Za-z]?\d{1,5}(?:-\d{1,4})*|[一二三四五六七八九十百]{1,4}|[A-Za-z])"
    r"(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|房|弄|巷|门|组|队|户)"
)
CHINESE_CODE = r"(?:\s+\d{6})?"
CHINESE = re.compile(
    rf"(?:{alternatives('provinces')}|{alternatives('cities')}市?|[{HAN}]{{2,4}}(?:市|县))"
    rf"(?:[{HAN}]{{1,7}}(?:市|自治州|地区|盟))?(?:[{HAN}]{{1,6}}?(?:区|县|旗|市))?(?:{ROAD}){{1,3}}(?:\s?{DOOR})*{CHINESE_CODE}"
    rf"|[{HAN}]{{2,8}}?(?:区|县)(?:{ROAD}){{1,3}}(?:\s?{DOOR})+{CHINESE_CODE}"
    rf"|[{HAN}]{{2,6}}?(?:路|街|大道|巷|胡同|小区|花园|新村|公寓)(?:\s?{DOOR})+{CHINESE_CODE}"
)
PROVINCE = re.compile(alternatives("provinces"))
VERB = re.compile(rf"^(?:.{{0,5}}{alternatives('address_verbs')}|[我他她你您家的是现])(?=[{HAN}]{{2}})")
NUMBERED = re.compile(r"\d|[一二三四五六七八九十]+(?:号|栋|室)|[A-Za-z]座")


def find_addresses(text: str) -> Iterator[Identifier]:
    """Every postal address of a text, as far as it reaches."""
    spans = sorted(chain(_streets(text), _coded(text), _told(text), _chinese(text)))
    yield from (Identifier("address", start, end, text[start:end]) for start, end in _joined(text, spans))


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Spans that overlap, or are parted by a comma alone, made one."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip(" ,\n"):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _streets(text: str) -> Iterator[Span]:
    for match in chain(STREET.finditer(text), BOX.finditer(text)):
        yield match.start(), _onward(text, match.end())


def _coded(text: str) -> Iterator[Span]:
    """Postcodes with the pieces of an address before them, and those that are called so."""
    yield from ((_backward(text, match.start()), match.end()) for match in CODE.finditer(text))
    yield from (match.span(1) for match in CODE_LABEL.finditer(text))


def _told(text: str) -> Iterator[Span]:
    """What follows `I live at` and its like: up to a postcode, else a street, else a number with capital letters."""
    for match in CUE.finditer(text):
        at = match.end()
        reach = SENTENCE_END.split(text[at : at + REACH])[0]
        code, street, number = TYPED_CODE.search(reach), TYPED_STREET.match(reach), PROPER_NUMBER.match(reach)
        if code and (street or BEGINS.match(reach)):
            yield at, at + code.end()
        elif street:
            yield at, _onward(text, at + street.end())
        elif number and LABEL.fullmatch(match.group()):
            yield at, _onward(text, _piece_end(text, at) or at + number.end())


def _onward(text: str, end: int) -> int:
    """Where the pieces end that go on behind a street: districts, towns, a state, a postcode."""
    for _ in range(MOST_PIECES):
        gap = COMMA.match(text, end)
        blank = gap or BLANK.match(text, end)
        if blank and (code := CODE.match(text, blank.end())):
            return code.end()
        if not gap or not (piece := _piece_end(text, gap.end())):
            break
        end = piece
    return end


def _piece_end(text: str, at: int) -> int:
    """The end of a piece made of words with capital letters alone; 0 where there is none."""
    end = at
    for _ in range(MOST_WORDS):
        word = WORD.match(text, end + (text[end : end + 1] == " " and end > at))
        if not word or not _addressed(word.group()):
            break
        end = word.end()
    return end - (text[end - 1] == ".") if end > at else 0


def _backward(text: str, at: int) -> int:
    """Where the address begins whose postcode stands here."""
    start = at
    for _ in range(MOST_PIECES + 1):
        head = text[:start].rstrip(" ,\n，")
        piece = BREAK.split(head)[-1]
        words = list(WORD.finditer(piece))
        own = [word.start() for word in _trailing(words)]
        if not own:
            break
        start = len(head) - len(piece) + own[0]
        if len(own) < len(words) or text[start].isdigit():  # a sentence leads to it, or it begins with its number
            break
    return start


def _trailing(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """The last words of a piece that can stand in an address; small words only between others."""
    kept: list[re.Match[str]] = []
    for word in reversed(words):
        if not _addressed(word.group()):
            break
        kept.insert(0, word)
    while kept and kept[0].group().lower() in listed("address_words"):
        kept.pop(0)
    return kept


def _addressed(word: str) -> bool:
    bare = word.rstrip(".,").lower()
    if word[0].isupper():
        return bare not in listed("never")
    return word[0] in "#0123456789" or any(bare in listed(key) for key in ("address_words", "streets", "units"))


def _chinese(text: str) -> Iterator[Span]:
    for match in CHINESE.finditer(text) if not text.isascii() else ():
        verb = None if PROVINCE.match(match.group()) else VERB.match(match.group())
        start = match.start() + (verb.end() if verb else 0)
        if NUMBERED.search(text, start, match.end()):
            yield start, match.end()
