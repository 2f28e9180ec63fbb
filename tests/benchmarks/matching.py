"""Which condition of the base an outside diagnosis names, by stated rules.

Both are put in one form: lower case, letters and digits only, American spelling, plural and possessive endings
dropped, and words that no diagnosis turns on ("disease", "of", "the", "acute" ...) left out. An answer names a
condition when one of the condition's names has the same words; else when one of its names (of two words, or one of six
letters) stands whole in the answer, the longest such name deciding. A condition's own name goes before a synonym of
another's; a synonym that two conditions carry decides nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from knowledge.condition import Condition

SPELLING = (("oe", "e"), ("ae", "e"), ("our", "or"), ("isation", "ization"), ("ph", "f"))
EMPTY = frozenset((
    "a", "an", "the", "of", "in", "on", "with", "due", "to", "from", "by", "and", "is", "s", "most", "likely",
    "diagnosis", "disease", "syndrome", "disorder", "type", "condition", "acute", "primary", "severe", "classic",
    "classical", "simple", "ocd", "oa", "scc", "cll", "nhl", "hl", "lcpd", "dle", "vsd",
))  # fmt: skip
KEPT_WHOLE = 6


class Matcher:
    """Looks outside names up in the names of the conditions."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        """Index every name of every condition; a condition's own name goes before another's synonym."""
        self._owner: dict[tuple[str, ...], str] = {}
        listed = list(conditions)
        for names in (own_names, other_names):
            owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
            for condition in listed:
                for name in names(condition):
                    owners[words(name)].add(condition.id)
            found = {name: next(iter(ids)) for name, ids in owners.items() if name and len(ids) == 1}
            self._owner = found | self._owner

    def find(self, answer: str) -> str | None:
        """The id of the condition that an answer names, or None."""
        said = words(answer)
        if said in self._owner:
            return self._owner[said]
        turned = tuple(sorted(said))
        for name, owner in self._owner.items():
            if tuple(sorted(name)) == turned:
                return owner
        inside = [name for name in self._owner if _long(name) and _holds(said, name)]
        return self._owner[max(inside, key=lambda name: (len(name), len("".join(name))))] if inside else None


def own_names(condition: Condition) -> list[str]:
    """Its name, and the name of its file."""
    return [condition.name, condition.id.replace("-", " ")]


def other_names(condition: Condition) -> list[str]:
    """Every synonym in Latin letters."""
    return [*condition.synonyms.clinical, *condition.synonyms.lay]


def words(text: str) -> tuple[str, ...]:
    """The words that decide, in one form."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    for ours, theirs in SPELLING:
        plain = plain.replace(ours, theirs)
    found = re.findall(r"[a-z0-9]+", re.sub(r"\([^)]*\)|'s\b", " ", plain))
    return tuple(_singular(word) for word in found if word not in EMPTY)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "is", "us")) else word


def _long(name: tuple[str, ...]) -> bool:
    return len(name) > 1 or len(name[0]) >= KEPT_WHOLE


def _holds(said: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return any(said[start : start + len(name)] == name for start in range(len(said) - len(name) + 1))
