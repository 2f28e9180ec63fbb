"""Postal addresses: streets with a number, postcodes with what stands before them, and Chinese ones from road to room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.wording import alternatives, listed

STREETS = alternatives("streets")
SMALL = alternatives("address_words")
NUMBER = r"(?<![\w/.:-])(?:no\.?\s?)?\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
SIDE = r"(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?"
PROPER = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|\d{1,3}(?:st|nd|rd|th))"
UNIT = rf"(?i:{alternatives('units')}\.?\s?#?\s?(?:\d{{1,5}}[A-Za-z]?|[A-Za-z]\d{{0,4}})|#\s?\d{{1,5}}[A-Za-z]?)(?!\w)"
POSTCODE = rf"(?<!\w){alternatives('postcode_areas')}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{{2}}(?!\w)"
CANADIAN = r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d(?!\w)"
ZIP = rf"(?<!\w){alternatives('states')}\.?,?\s+\d{{4,5}}(?:-\d{{4}})?(?!\w)"
PLACE = rf"(?:,\s*|\s*\n\s*|\s+){PROPER}(?:\s(?:{PROPER}|{SMALL}(?=\s)))*"
STREET = re.compile(
    rf"(?:{UNIT},?\s+)?{NUMBER},?\s(?:{SIDE}\s)?(?:(?:{PROPER}|of|the|de|la|du)\s){{1,4}}?(?i:{STREETS})(?![\w'’])\.?"
    rf"(?:\s{SIDE}(?!\w))?(?:,?\s*{UNIT})?"
)
LOWER_STREET = re.compile(
    rf"(?:{UNIT},?\s+)?{NUMBER},?\s(?:[a-z'’]+\s){{1,3}}?{alternatives('plain_streets')}\b\.?(?:,?\s*{UNIT})?", re.IGNORECASE
)
CODED = re.compile(f"{POSTCODE}|{ZIP}|{CANADIAN}")
ANY_CODE = re.compile(rf"{POSTCODE}|(?<!\w){alternatives('states')}[,\s]+\d{{5}}(?:-\d{{4}})?(?!\w)", re.IGNORECASE)
LABEL = re.compile(rf"\b{alternatives('address_labels')}\b\s*[:：]?\s*", re.IGNORECASE)
CUE = re.compile(rf"\b(?:{alternatives('address_labels')}|{alternatives('place_cues')})\b\s*[:：]?\s*", re.IGNORECASE)
BOX = re.compile(r"\b(?:P\.?\s?O\.?\s?Box|PSC|CMR|unit(?=\s\d+,?\sbox)|post(?:al)? box)\s?#?\d{1,6}(?:,? Box \d{1,6})?", re.IGNORECASE)
CODE_LABEL = re.compile(
    r"\b(?:zip|(?:zip|post|postal|pin)\s?-?codes?)(?:\s+(?:is|are|no\.?))?\s*[:：]?\s*([A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d"
    r"|\d{2}-\d{3}|\d{4,6}(?:-\d{3,4})?)(?!\w)|(?:邮编|邮政编码)\s*(?:是|为)?\s*[:：]?\s*(\d{6})",
    re.IGNORECASE,
)
PIECE = re.compile(r"\s*(?:[,，]\s*|\n\s*)")
WORD = re.compile(r"[\w'’.#/-]+")
HAN = "一-龥"
PROVINCES, CITIES = alternatives("provinces"), alternatives("cities")
ROAD = rf"[{HAN}A-Za-z]{{1,10}}?(?:路|街|巷|弄|胡同|大道|大街|道|村|小区|花园|新村|苑|公寓|广场|镇|乡|街道|社区)"
DOOR = r"(?:[东南西北中]?[A-Za-z]?\d{1,5}(?:-\d{1,4})*|[一二三四五六七八九十百]{1,4}|[A-Za-z])(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|房|弄|巷|门|组|队|户)"
CHINESE = re.compile(
    rf"(?:{PROVINCES}|{CITIES}市?|[{HAN}]{{2,4}}(?:市|县))"
    rf"(?:[{HAN}]{{1,7}}(?:市|自治州|地区|盟))?(?:[{HAN}]{{1,6}}?(?:区|县|旗|市))?(?:{ROAD}){{1,3}}(?:\s?{DOOR})*(?:\s+\d{{6}})?"
    rf"|[{HAN}]{{2,8}}?(?:区|县)(?:{ROAD}){{1,3}}(?:\s?{DOOR})+(?:\s+\d{{6}})?"
    rf"|[{HAN}]{{2,6}}?(?:路|街|大道|巷|胡同|小区|花园|新村|公寓)(?:\s?{DOOR})+(?:\s+\d{{6}})?"
)
STATED = re.compile(PROVINCES)
VERB = re.compile(rf"^(?:.{{0,5}}{alternatives('address_verbs')}|[我他她你您家的是现])(?=[{HAN}]{{2}})")


def find_addresses(text: str) -> Iterator[Identifier]:
    """Every postal address of a text, as far as it reaches."""
    if not any(letter.isdigit() for letter in text) and not LABEL.search(text):
        return
    places = chain(_streets(text), _coded(text), _told(text), _chinese(text))
    yield from (Identifier("address", start, end, text[start:end]) for start, end in _joined(text, sorted(places)))


def _joined(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that overlap or are parted by a comma alone, made one."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip(" ,\n")):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _streets(text: str) -> Iterator[tuple[int, int]]:
    for match in chain(STREET.finditer(text), BOX.finditer(text)):
        yield match.start(), _towns(text, match.end())


def _coded(text: str) -> Iterator[tuple[int, int]]:
    """Postcodes, with the pieces of an address before them."""
    for match in CODED.finditer(text):
        yield _before(text, match.start()), match.end()
    for match in CODE_LABEL.finditer(text):
        group = 1 if match[1] else 2
        yield match.span(group)


def _told(text: str) -> Iterator[tuple[int, int]]:
    """What follows `I live at` and its like: up to a postcode, else a street, else pieces with capital letters."""
    for match in CUE.finditer(text):
        at = match.end()
        reach = re.split(r"[!?;；。]|\.\s+(?=[A-Z][a-z])(?<!\b[A-Z]\.)", text[at : at + 140])[0]
        code = ANY_CODE.search(reach)
        street = LOWER_STREET.match(reach)
        if code and (street or re.match(r"\W*(?:\d|[A-Z])|" + UNIT, reach)):
            yield at, at + code.end()
        elif street and not any(word in {"miles", "minutes", "weeks", "days", "km", "m", "years"} for word in street.group().split()):
            yield at, _towns(text, at + street.end())
        elif LABEL.fullmatch(match.group()) and re.match(r"(?=[^,.\n]*[A-Z][a-z]{2})\d", reach):
            yield at, _towns(text, at + WORD.match(reach).end())  # type: ignore[union-attr]


def _towns(text: str, at: int) -> int:
    """Where the pieces end that go on behind a street: districts, towns, a state, a postcode."""
    end = at
    for _ in range(4):
        piece = PIECE.match(text, end) or re.compile(r"\s").match(text, end)
        if not piece:
            break
        code = CODED.match(text, piece.end())
        if code:
            return code.end()
        if "\n" not in piece.group() and "," not in piece.group() and "，" not in piece.group():
            break
        run = _run(text, piece.end())
        if not run:
            break
        end = run
    return end


def _run(text: str, at: int) -> int:
    """The end of a piece made of words with capital letters alone; 0 where there is none."""
    end = at
    for _ in range(5):
        word = WORD.match(text, end)
        if not word or not _local(word.group()):
            break
        end = word.end()
        if text[end : end + 1] != " ":
            break
        end += 1
    last = text[at:end].rstrip().rstrip(".")
    closed = text[at + len(last) : at + len(last) + 1] in ("", ",", ".", "\n", ";", "!", "?", ")") or last.endswith(" ")
    return at + len(last) if last and (closed or text[end - 1 : end] == " ") else 0


def _local(word: str) -> bool:
    bare = word.rstrip(".,").lower()
    return (word[0].isupper() and bare not in listed("never")) or bare in listed("address_words")


def _before(text: str, at: int) -> int:
    """Where the address begins whose postcode stands here."""
    start = at
    for _ in range(6):
        head = text[:start].rstrip(" ,\n，")
        if len(head) == start and start == at and head[-1:].isalnum():
            break
        words = list(WORD.finditer(re.split(r"[,\n:：;!?]", head)[-1]))
        offset = len(head) - len(re.split(r"[,\n:：;!?]", head)[-1])
        begin = None
        for word in reversed(words):
            if not _addressed(word.group()):
                break
            begin = offset + word.start()
        whole = bool(words) and begin == offset + words[0].start()
        while begin is not None and text[begin:start].split()[0].lower() in listed("address_words"):
            begin += text[begin:start].index(" ") + 1 if " " in text[begin:start] else 0
            break
        if begin is None:
            break
        start = begin
        if not whole or text[start].isdigit():
            break
    return start


def _addressed(word: str) -> bool:
    bare = word.rstrip(".,").lower()
    return word[0].isdigit() or _local(word) or bare in listed("streets") or bare in listed("units") or word[0] == "#"


def _chinese(text: str) -> Iterator[tuple[int, int]]:
    for match in CHINESE.finditer(text):
        verb = None if STATED.match(match.group()) else VERB.match(match.group())
        start = match.start() + (verb.end() if verb else 0)
        if re.search(r"\d|[一二三四五六七八九十]+(?:号|栋|室)|[A-Za-z]座", text[start : match.end()]):
            yield start, match.end()
