"""Placeholders that stand for identifiers while a text is elsewhere, and the identifiers put back into what returns.

A model that is told `[name-1] has a rash` answers about `[name-1]`, sometimes as `[Name 1]` or `【name-1】`; all are
restored. What looked like a placeholder before is hidden behind one as well, so that only what was hidden is restored.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import cast

from assistant.safety.privacy.finding import apart, find_again, find_identifiers, replaced
from assistant.safety.privacy.identifier import KINDS, Identifier, Kind

INSIDE = rf"\s?({'|'.join(KINDS)})\s?[-_ –—‑]?\s?([0-9]{{1,6}})\s?"
PLACEHOLDER = re.compile(rf"\\\[{INSIDE}\\\]|[\[［【]{INSIDE}[\]］】]", re.IGNORECASE)
UNFINISHED = re.compile(r"\\?[\[［【](?:\s?(?:[a-z]{1,9}(?:\s?[-_ –—‑]?\s?[0-9]{0,6}\s?\\?)?)?)?$|\\$", re.IGNORECASE)


class Placeholders:
    """The placeholders of one conversation: an identifier has the same one wherever it comes again."""

    def __init__(self) -> None:
        """Begin with none."""
        self._placeholders: dict[tuple[Kind, str], str] = {}
        self._originals: dict[tuple[str, int], str] = {}
        self._counts: Counter[Kind] = Counter()

    def hide(self, text: str) -> str:
        """The text with `[name-1]`, `[phone-1]` and so on in the place of its identifiers, known ones included."""
        literal = [
            Identifier(cast("Kind", (match[1] or match[3]).lower()), match.start(), match.end(), match.group())
            for match in PLACEHOLDER.finditer(text)
        ]
        names = [words for kind, words in self._placeholders if kind == "name"]
        found = apart([*literal, *find_identifiers(text), *find_again(text, names)])
        return replaced(text, [(each, self._placeholder(each)) for each in found])

    def restore(self, text: str, escape: Callable[[str], str] = str) -> str:
        """The text with the identifiers back; placeholders that were never given stay.

        Args:
            escape: Makes an identifier fit for where it is put, as inside a JSON string.
        """

        def original(match: re.Match[str]) -> str:
            kind, number = (match[1], match[2]) if match[1] else (match[3], match[4])
            kept = self._originals.get((kind.lower(), int(number)))
            return match.group() if kept is None else escape(kept)

        return PLACEHOLDER.sub(original, text)

    def _placeholder(self, identifier: Identifier) -> str:
        key = (identifier.kind, identifier.text)
        if key not in self._placeholders:
            self._counts[identifier.kind] += 1
            number = self._counts[identifier.kind]
            self._placeholders[key] = f"[{identifier.kind}-{number}]"
            self._originals[identifier.kind, number] = identifier.text
        return self._placeholders[key]


class Restorer:
    """Restores a text that comes in pieces, holding back what may be the beginning of a placeholder."""

    def __init__(self, placeholders: Placeholders, escape: Callable[[str], str] = str) -> None:
        """Take the placeholders and how their originals are escaped."""
        self._placeholders = placeholders
        self._escape = escape
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be said after another piece."""
        text = self._held + piece
        unfinished = UNFINISHED.search(text)
        ready = unfinished.start() if unfinished else len(text)
        self._held = text[ready:]
        return self._placeholders.restore(text[:ready], self._escape)

    def rest(self) -> str:
        """What was held back, once no piece comes any more."""
        held, self._held = self._held, ""
        return self._placeholders.restore(held, self._escape)
