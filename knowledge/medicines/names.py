"""From what is written to what is meant: medicines and substances by name, brand, code, or a name with a slip.

A name is looked for whole, then inside a longer text (`Simvastatin 20 MG Oral Tablet`), then with a slip of the pen
mended, where only one name is near. What is not found is said to be unknown, with the names that come near; it is never
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from rapidfuzz.distance import OSA

from knowledge.medicines import Medicine, Route, Substance, formulary, products, substances
from knowledge.medicines.genes import others
from knowledge.text import CJK

CHINESE = Path(__file__).with_name("chinese.yaml")
SHORTEST_MENDED = 6
CLOSE = 8  # letters of a name for each slip
NEAR = 4  # slips up to which a name is offered to somebody whose name is unknown
SALTS = {
    "acetate", "bitartrate", "besilate", "besylate", "bromide", "calcium", "chloride", "citrate", "fumarate", "hcl",
    "hydrobromide", "hydrochloride", "magnesium", "maleate", "mesylate", "monohydrate", "nitrate", "phosphate",
    "potassium", "sodium", "succinate", "sulfate", "sulphate", "tartrate",
}  # fmt: skip
ROUTES: dict[Route, str] = {  # the first that fits counts: an oral gel is no gel for the skin
    "eye": r"ophthalmic|eye|ocular",
    "ear": r"otic|ear drops",
    "nasal": r"nasal|nose",
    "inhaled": r"inhal\w*|metered dose|dry powder|actuat\w*",
    "nebulised": r"nebuli[sz]\w*",
    "patch": r"transdermal|patch(es)?|weekly transdermal system",
    "vaginal": r"vaginal|pessary",
    "rectal": r"rectal|suppositor\w*|enema",
    "sublingual": r"sublingual",
    "buccal": r"buccal",
    "subcutaneous": r"subcutaneous|pen injector|prefilled pen",
    "intramuscular": r"intramuscular",
    "intravenous": r"intravenous|infusion",
    "oral": r"oral|tablets?|capsules?|by mouth|syrup|chewable",
    "skin": r"topical|cream|ointment|gel|lotion|shampoo",
}


@dataclass(frozen=True)
class Named:
    """One medicine, substance, or medicine outside the formulary that a text means.

    Attributes:
        id: In the formulary, in `substances` or in the `others` of the gene rules.
        name: As Airmed calls it.
        how: Whether it was written so, or a slip was mended.
        route: That the text tells.
        part: Whether the text means a product with several medicines, of which this is one.
    """

    id: str
    name: str
    how: Literal["written", "mended"] = "written"
    route: Route | None = None
    part: bool = False

    @property
    def medicine(self) -> Medicine | None:
        """Its entry in the formulary, where it has one."""
        return formulary().get(self.id)

    @property
    def substance(self) -> Substance | None:
        """Its entry among the substances, where it is one."""
        return substances().get(self.id)


def find(text: str) -> tuple[Named, ...]:
    """What a text means, in its order: one, several for a combination, none where it is unknown."""
    written = _plain(text)
    route = _route(written)
    if written in _names():
        return _all_named(_names()[written], route)
    inside = tuple(dict.fromkeys(_inside(written)))
    if inside:
        whole = _combinations().get(frozenset(inside))
        return _all_named([whole] if whole else _outermost(inside), route)
    return _all_named(_mended(written), route, "mended")


def chinese_name(one: str) -> str:
    """How a Chinese pharmacist calls what has this id; the English name where nobody knows."""
    return next((name for name, meant in _chinese().items() if meant == one), name_of(one))


def _all_named(
    found: Sequence[str], route: Route | None, how: Literal["written", "mended"] = "written"
) -> tuple[Named, ...]:
    return tuple(replace(_named(one, route, how), part=len(found) > 1) for one in found)


def mentions(text: str) -> tuple[Named, ...]:
    """What a free text names: whole names inside it, and words that are a generic name with one letter wrong.

    Brands are not mended here: too many words of the language are one letter from one.
    """
    written = _plain(text)
    meant = list(_inside(written))
    slips = [one for word in re.findall(r"[a-z]+", _pattern().sub(" ", written)) for one in _slip(word)]
    mended = [one for one in dict.fromkeys(slips) if one not in meant]
    route = _route(written)
    return (*(_named(one, route) for one in dict.fromkeys(meant)), *(_named(one, route, "mended") for one in mended))


def _slip(word: str) -> tuple[str, ...]:
    """The medicine whose generic name is one letter away from a word, where only one is."""
    if len(word) < CLOSE - 1:
        return ()
    close = {one for name, one in _generic_names().items() if name[0] == word[0] and OSA.distance(word, name) == 1}
    return tuple(close) if len(close) == 1 else ()


@cache
def _generic_names() -> dict[str, str]:
    names = ((_plain(name), one.id) for one in formulary().values() for name in (one.name, *one.also))
    return {name: one for name, one in names if len(name) >= CLOSE and name.isalpha()}


def near(text: str, most: int = 3) -> tuple[str, ...]:
    """Names that come near an unknown one, the nearest first."""
    written = _plain(text)
    found = sorted((OSA.distance(written, name, score_cutoff=NEAR), name) for name in _names())
    ids = dict.fromkeys(one for slips, name in found if slips <= min(NEAR, len(written) // 3) for one in _names()[name])
    return tuple(name_of(one) for one in list(ids)[:most])


def name_of(one: str) -> str:
    """How Airmed calls what has this id."""
    entry = formulary().get(one) or substances().get(one)
    return entry.name if entry else others()[one].names[0]


def _outermost(found: tuple[str, ...]) -> list[str]:
    """Without what another one that was found contains."""
    parts = {part for one in found if one in formulary() for part in formulary()[one].contains}
    return [one for one in found if one not in parts]


@cache
def _combinations() -> dict[frozenset[str], str]:
    """Fixed combinations by what is in them."""
    return {frozenset(one.contains): one.id for one in formulary().values() if len(one.contains) > 1}


def _named(one: str, route: Route | None, how: Literal["written", "mended"] = "written") -> Named:
    entry = formulary().get(one)
    if entry and route and all(dose.route != route for dose in entry.doses):
        one = _sibling(one, route) or one
    return Named(one, name_of(one), how, route)


def _sibling(one: str, route: Route) -> str | None:
    """Hydrocortisone on the skin is an entry of its own: the one whose id goes on from this one and has the route."""
    for name, entry in formulary().items():
        if name.startswith(f"{one}-") and entry.contains == () and any(dose.route == route for dose in entry.doses):
            return name
    return None


def _plain(text: str) -> str:
    return re.sub(r"[\s_]+", " ", re.sub(r"[\[\]()®™]", " ", text.casefold())).strip(" .,;")


def _route(written: str) -> Route | None:
    """The route that a text tells, by its words or by a product that is only used so."""
    told = next((route for route, words in ROUTES.items() if re.search(rf"\b({words})\b", written)), None)
    return told or next((route for name, route in _product_routes().items() if name in written), None)


@cache
def _product_routes() -> dict[str, Route]:
    routed = [one for one in products() if one.route]
    return {_plain(name): one.route for one in routed for name in (one.name, *one.also) if one.route}


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """The ids that every name means; the formulary's names count before those of substances."""
    found: dict[str, tuple[str, ...]] = {}
    for other in others().values():
        found |= {_plain(name): (other.id,) for name in other.names}
    for product in products():
        found |= {_plain(name): product.contains for name in (product.name, *product.also)}
    entries: list[Medicine | Substance] = [*substances().values(), *formulary().values()]
    for entry in entries:
        written = (entry.id, entry.id.replace("-", " "), entry.name, *entry.also, *_codes_and_brands(entry))
        found |= {_plain(name): (entry.id,) for name in written}
    return found | {_plain(name): (one,) for name, one in _chinese().items()}


def _codes_and_brands(entry: Medicine | Substance) -> tuple[str, ...]:
    if isinstance(entry, Substance):
        return ()
    codes = (entry.rxnorm, f"rxnorm:{entry.rxnorm}") if entry.rxnorm else ()
    return (*entry.brands, entry.atc, *codes)


@cache
def _chinese() -> dict[str, str]:
    """Chinese names, without which no Chinese text says what it means."""
    kept = yaml.load(CHINESE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {name.casefold(): one for one, names in kept.items() for name in names}


@cache
def _chinese_pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_chinese(), key=len, reverse=True))))


@cache
def _pattern() -> re.Pattern[str]:
    latin = (name for name in _names() if not name.isdigit() and not CJK.search(name))
    names = sorted(latin, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])")


def _inside(written: str) -> Iterator[str]:
    """Names inside a longer text, the longest first where they overlap; the salt of another is none."""
    found = list(_pattern().finditer(written))
    others_are_there = any(match.group() not in SALTS for match in found)
    for match in found:
        if not (match.group() in SALTS and others_are_there):
            yield from _names()[match.group()]
    if CJK.search(written):
        yield from (_chinese()[match.group()] for match in _chinese_pattern().finditer(written))


def _mended(written: str) -> tuple[str, ...]:
    """The only name that is as near as a slip of the pen: one slip in eight letters, and no other medicine as near."""
    word = re.split(r"\s\d|,", written)[0].strip()
    if len(word) < SHORTEST_MENDED:
        return ()
    most = len(word) // CLOSE + 1
    close: dict[tuple[str, ...], int] = {}
    for name, meant in _names().items():
        slips = OSA.distance(word, name, score_cutoff=most)
        if slips <= most and len(name) >= SHORTEST_MENDED and name[0] == word[0]:
            close[meant] = min(slips, close.get(meant, slips))
    best = [meant for meant, slips in close.items() if slips == min(close.values())]
    return best[0] if len(best) == 1 else ()
