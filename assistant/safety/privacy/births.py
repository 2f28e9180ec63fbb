"""Dates of birth: a date where birth is spoken of; any other date stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.safety.privacy.identifier import Identifier
from assistant.safety.privacy.wording import alternatives

MONTH = rf"{alternatives('months')}\.?"
DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
YEAR = r"(?:(?:1[89]|20)\d\d|['’]\d\d)"
DATED = (
    rf"{DAY}[\s/.-]+(?:of\s+)?{MONTH}(?:[\s/,.-]+{YEAR}|-\d\d)",
    rf"{MONTH}[\s.-]+{DAY}(?:,?\s+|,|-){YEAR}",
    r"(?:1[89]|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}",
    r"\d{1,2}[-/.]\d{1,2}[-/.](?:(?:1[89]|20)\d\d|\d\d)",
    r"(?:1[89]|20)?\d\d年\d{1,2}月(?:\d{1,2}[日号]?)?",
)
UNDATED = (rf"{DAY}\s+(?:of\s+)?{MONTH}\b", rf"{MONTH}\s+{DAY}\b", r"(?:1[89]|20)\d{6}", r"\d{1,2}月\d{1,2}[日号]")
FULL = rf"(?<!\d)(?:{'|'.join(DATED)})(?!\d)"
ANY = rf"(?<!\d)(?:{'|'.join((*DATED, *UNDATED))})(?!\d)"
FILLING = r"(?:[\s:：=,(（-]|\b(?:is|was|on|the|in|of|a)\b|于|是|为|在|日期|公历|农历|阳历|阴历)*"
LABELS = rf"(?:(?<![A-Za-z]){alternatives('birth_labels')}(?![A-Za-z])|{alternatives('birth_labels_chinese')})"
SPOKEN_OF = re.compile(rf"{LABELS}|[生诞]", re.IGNORECASE)
AFTER_LABEL = re.compile(rf"{LABELS}{FILLING}({ANY})", re.IGNORECASE)
BEFORE_LABEL = re.compile(
    rf"({ANY})(?:[\s)]*(?:is|was|\()[\s(]*(?:my|his|her|the|our)?\s*{LABELS}"
    r"|\s*(?:出生|生人|诞生|生(?=[，,。;；)）\s]|$)|是我的?(?:出生|生日)))",
    re.IGNORECASE,
)
AFTER_NAME = re.compile(rf"\s*[,，(（]\s*({FULL})(?=\s*[),，;；）]|\s*$)", re.IGNORECASE)


def find_births(text: str) -> Iterator[Identifier]:
    """Every date of a text that is said to be one of birth."""
    if not SPOKEN_OF.search(text):
        return
    for pattern in (AFTER_LABEL, BEFORE_LABEL):
        for match in pattern.finditer(text):
            yield Identifier("birthdate", match.start(1), match.end(1), match[1])


def birth_after(text: str, name: Identifier) -> Identifier | None:
    """The full date that stands right behind a whole name, as in the head of a record: `Ann Lee (12/03/1985)`."""
    match = AFTER_NAME.match(text, name.end) if " " in name.text or not name.text.isascii() else None
    return Identifier("birthdate", match.start(1), match.end(1), match[1]) if match else None
