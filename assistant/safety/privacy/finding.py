"""Every identifier of a text, each place once, and the text without them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assistant.safety.privacy.addresses import find_addresses
from assistant.safety.privacy.births import birth_after, find_births
from assistant.safety.privacy.chinese_names import find_chinese_names
from assistant.safety.privacy.codes import find_codes
from assistant.safety.privacy.english_names import find_english_names, telling_parts
from assistant.safety.privacy.identifier import KINDS, Identifier

SCRUBBED = re.compile(rf"\[(?:{'|'.join(KINDS)})\]")


def find_identifiers(text: str) -> list[Identifier]:
    """What identifies a person in an English or Chinese text, in the order of the text; places do not overlap.

    Doses, readings, ages, ordinary dates, diseases called after people and emergency numbers are none.
    """
    gone = [match.span() for match in SCRUBBED.finditer(text)]
    return apart(each for each in _found(text) if not any(each.start < end and start < each.end for start, end in gone))


def _found(text: str) -> Iterator[Identifier]:
    yield from find_codes(text)
    yield from find_births(text)
    yield from find_addresses(text)
    for name in (*find_english_names(text), *find_chinese_names(text)):
        yield name
        if birth := birth_after(text, name):
            yield birth


def apart(found: Iterable[Identifier]) -> list[Identifier]:
    """Of those that overlap the longest, in the order of the text."""
    kept: list[Identifier] = []
    for identifier in sorted(found, key=lambda each: each.start - each.end):
        if all(identifier.end <= other.start or other.end <= identifier.start for other in kept):
            kept.append(identifier)
    return sorted(kept, key=lambda each: each.start)


def find_again(text: str, names: Iterable[str]) -> list[Identifier]:
    """Mentions of people whose names another text told, by the whole name or by a part that means them by itself."""
    parts = {part for name in names for part in (name, *telling_parts(name)) if len(part) > 1}
    if not parts:
        return []
    either = "|".join(map(re.escape, sorted(parts, key=len, reverse=True)))
    pattern = rf"(?<![A-Za-z])(?:{either})(?![A-Za-z])"
    return [Identifier("name", match.start(), match.end(), match.group()) for match in re.finditer(pattern, text)]


def scrub(text: str) -> str:
    """The text with `[name]`, `[phone]` and so on in the place of its identifiers."""
    while found := find_identifiers(text):  # what is left may be told by what is gone, so look until nothing is
        text = replaced(text, [(each, f"[{each.kind}]") for each in found])
    return text


def replaced(text: str, changes: list[tuple[Identifier, str]]) -> str:
    """The text with words in the place of identifiers that do not overlap."""
    pieces: list[str] = []
    at = 0
    for identifier, words in changes:
        pieces += [text[at : identifier.start], words]
        at = identifier.end
    return "".join([*pieces, text[at:]])
