"""From what a record calls a problem to what it means: conditions of the knowledge base, and states that rules ask for.

A problem is written as an ICD-10-CM code or in words. Words are looked for whole, then without what says how long or
how bad, then inside a longer text. What is not found stays a problem without a meaning, and whoever reads it is told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from knowledge.corpus import conditions
from knowledge.medicines import states
from knowledge.text import CJK

CODE = re.compile(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
ASIDE = re.compile(r"\((disorder|finding|situation|event|procedure|morphologic abnormality|observable entity)\)")
PAST = re.compile(r"^(h/o|hx of|history of|past history of|previous|prior|known)\s+|\s+(in the past|history)$")
DEGREE = re.compile(
    r"\b(acute|chronic|mild|moderate|severe|active|stable|unspecified|essential|primary|recurrent|bilateral|left|right"
    r"|uncontrolled|controlled|established|suspected|nos)\b"
)
NOT_THERE = re.compile(
    r"^(no|not|never|ex|non|former|screening for)\b|: ?(no|none|absent|negative)$|\bno (history|known|sign)"
    r"|\b(without|denies|absence of|negative for|ruled out|excluded|resolved)\b"
    r"|\b(does|do|did|has|have|is|are) ?(not|n't)\b"
    r"|\b(family|fh|mother|father|sister|brother|aunt|uncle|cousin|grand\w+|son|daughter|parents?)\b"
    r"|没有|没|无|否认|排除|家族史|父亲|母亲|爸|妈|不是"
    r"|\b(trait|carrier|vaccine|vaccination|immuni[sz]ation)$"
)
CLAUSE = re.compile(r"[,;，；。]| but |但")
SHORTEST_INSIDE = 4


@dataclass(frozen=True)
class Problem:
    """One problem of a patient.

    Attributes:
        written: As the record has it.
        conditions: Ids of the knowledge base.
        states: Ids of `knowledge/medicines/states`.
    """

    written: str
    conditions: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether it means anything here."""
        return bool(self.conditions or self.states)


def read_problem(text: str) -> Problem:
    """What a code or words mean; nothing where the words say that it is not there, or is another person's."""
    written = _plain(text)
    if written in _names():
        return _of_names(text, [written, *(one for one in _inside(written) if one != written)])
    told = " ".join(clause for clause in CLAUSE.split(text.casefold()) if not NOT_THERE.search(clause.strip()))
    plain = PAST.sub("", _plain(told))
    for words in dict.fromkeys([plain, _without_degree(plain)]):
        if words in _names():
            return _of_names(text, [words, *(one for one in _inside(plain) if one != words)])
    if CODE.fullmatch(written):
        return _of_codes(text, [_dotted(written)])
    return _of_names(text, _inside(plain))


def _inside(written: str) -> list[str]:
    """Names inside a longer text, also where what says how bad stands between their words."""
    texts = dict.fromkeys([written, _without_degree(written)])
    return list(dict.fromkeys(match.group() for text in texts for match in _pattern().finditer(text)))


def states_of_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """The states that ICD-10-CM codes mean: a state's code means every code that begins with it."""
    given = tuple(codes)
    return tuple(
        state.id
        for state in states().values()
        if any(code == begin or code.startswith(_stem(begin)) for code in given for begin in state.icd10cm)
    )


def _stem(code: str) -> str:
    return code if "." in code else f"{code}."


def _dotted(code: str) -> str:
    plain = code.upper().replace(".", "")
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


def _of_codes(text: str, codes: list[str]) -> Problem:
    of = [one for code in codes for one in _by_code().get(code, ()) or _by_code().get(code.split(".")[0], ())]
    return Problem(text, tuple(dict.fromkeys(of)), states_of_codes(codes))


def _of_names(text: str, names: list[str]) -> Problem:
    meant = [one for name in names for one in _names()[name]]
    of = dict.fromkeys(one for kind, one in meant if kind == "condition")
    told = [one for kind, one in meant if kind == "state"]
    implied = states_of_codes(_codes()[one][0] for one in of)
    return Problem(text, tuple(of), tuple(dict.fromkeys([*told, *implied])))


def _plain(text: str) -> str:
    return re.sub(r"[\s_,;]+", " ", ASIDE.sub("", text.casefold())).strip(" .")


def _without_degree(written: str) -> str:
    return re.sub(r"\s+", " ", DEGREE.sub("", written)).strip()


@cache
def _names() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for state in states().values():
        for name in dict.fromkeys(map(_plain, (state.id, state.name, *state.also))):
            found[name].append(("state", state.id))
    for one in conditions():
        names = (one.id.replace("-", " "), one.name, *one.synonyms.clinical, *one.synonyms.zh)
        for name in dict.fromkeys(map(_plain, names)):
            found[name].append(("condition", one.id))
    return dict(found)


@cache
def _pattern() -> re.Pattern[str]:
    latin = [name for name in _names() if len(name) >= SHORTEST_INSIDE and not CJK.search(name)]
    chinese = [name for name in _names() if len(name) > 1 and CJK.search(name)]
    first, second = ("|".join(map(re.escape, sorted(of, key=len, reverse=True))) for of in (latin, chinese))
    return re.compile(rf"(?<!\w)(?:{first})(?!\w)|{second}")


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    return {one.id: one.icd10cm for one in conditions()}


@cache
def _by_code() -> dict[str, tuple[str, ...]]:
    """Conditions by their codes, and by the category of three letters where only one has it."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in conditions():
        for code in one.icd10cm:
            found[code].append(one.id)
    broad: dict[str, set[str]] = defaultdict(set)
    for code, of in found.items():
        broad[code.split(".")[0]].update(of)
    return {code: tuple(sorted(of)) for code, of in broad.items() if len(of) == 1} | {
        code: tuple(of) for code, of in found.items()
    }
