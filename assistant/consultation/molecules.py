"""From someone's words to a goal for new molecules, by word lists alone (`molecules.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict
from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.consultation.counting import either, first_number, seed_in, without_measures
from assistant.consultation.pictures import Lexicon
from assistant.consultation.words import normalise
from generators.errors import RequestError, StructureError
from generators.molecules.drugs import drugs
from generators.molecules.goals import Goal, Target
from generators.molecules.properties import PROPERTIES
from generators.molecules.structures import parse

WORDS = Path(__file__).with_name("molecules.yaml")
MOST, USUAL = 20, 10
USUAL_TARGET = "qed>=0.8"
NUMBER = r"-?\d+(?:\.\d+)?"
SMILES = re.compile(r"(?<![A-Za-z0-9@])[A-Za-z\[][A-Za-z0-9@+\-\[\]()=#$/\\%.]{3,}(?![A-Za-z0-9@])")
SURELY_SMILES = re.compile(r"[=#\[\]()\\/]|[cnos]\d|[CNO]\d")
SHORTEST_NAME, SHORTEST_MENDED = 4, 6
HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
ANY_ONE = re.compile(r"一(?:个|种|款)")  # as in "a molecule"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Wish(_Value):
    words: tuple[str, ...]
    property: str = ""
    than: float = 0.0
    alone: str = ""
    targets: tuple[str, ...] = ()


class _Words(_Value):
    properties: dict[str, tuple[str, ...]]
    above: tuple[str, ...]
    below: tuple[str, ...]
    between: tuple[str, ...]
    behind_above: tuple[str, ...]
    behind_below: tuple[str, ...]
    high: tuple[str, ...]
    low: tuple[str, ...]
    high_targets: dict[str, str]
    low_targets: dict[str, str]
    wishes: tuple[_Wish, ...]
    keeping: tuple[str, ...]
    models: dict[str, tuple[str, ...]]
    parts: dict[str, str]
    chinese_drugs: dict[str, str]


@dataclass(frozen=True)
class MoleculeRequest:
    """What was asked for, with what was not said filled in.

    Attributes:
        goal: What the molecules are wanted to be.
        near: Name of the drug or SMILES of the molecule that they are to be like; empty where none was named.
        scaffold: SMILES of a part that stays.
        asked: Molecules wanted, which may be more than are shown.
        seed: None where none was named.
    """

    goal: Goal
    near: str = ""
    scaffold: str = ""
    model: str = "vae"
    asked: int = USUAL
    seed: int | None = None

    @property
    def count(self) -> int:
        """Molecules to show, 1 to `MOST`."""
        return max(1, min(self.asked, MOST))


def read_request(text: str) -> MoleculeRequest:
    """The request in a text of any language and length.

    Raises:
        RequestError: Its targets contradict each other or cannot be met.
    """
    scaffold, near, rest = _structures(text)
    plain = HYPHEN.sub(" ", normalise(rest))
    name, plain = ("", plain) if near else _drug(plain)
    typed, plain = _typed(plain)
    molecule = parse(near or drugs()[name].smiles) if near or name else None
    scaffold = scaffold or _part(plain)
    wished = [target for wish in _wishes(plain) for target in _targets(wish, molecule)]
    wished += _leaning(plain, molecule)
    targets = list({target.of.name: target for target in [*wished, *typed]}.values())  # a number counts most
    if not (targets or molecule or scaffold):
        targets = [Target.parse(USUAL_TARGET)]
    number = first_number(without_measures(ANY_ONE.sub(" ", plain)))
    return MoleculeRequest(
        Goal(tuple(targets), molecule, parse(scaffold) if scaffold else None),
        near or name,
        scaffold,
        next(iter(_lexicon("models").find(plain)), "vae"),
        USUAL if number is None else number,
        seed_in(plain),
    )


@cache
def words() -> _Words:
    """The word lists, read once and checked."""
    return _Words.model_validate(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


# Structures and names -----------------------------------------------------------------------------


def _structures(text: str) -> tuple[str, str, str]:
    """SMILES of a part that stays, SMILES of a molecule to be like, and the text without them."""
    scaffold = near = ""
    for match in SMILES.finditer(text):
        smiles = match.group().rstrip(".)") if match.group().count("(") < match.group().count(")") else match.group()
        if not SURELY_SMILES.search(smiles) or not _is_molecule(smiles.rstrip(".")):
            continue
        before = normalise(text[max(0, match.start() - 40) : match.start()])
        if _keeping().search(before):
            scaffold = scaffold or smiles.rstrip(".")
        else:
            near = near or smiles.rstrip(".")
        text = text.replace(match.group(), " " * len(match.group()), 1)
    return scaffold, near, text


def _is_molecule(smiles: str) -> bool:
    try:
        return bool(parse(smiles).GetNumHeavyAtoms() > 2)
    except StructureError:
        return False


def _drug(text: str) -> tuple[str, str]:
    """The first drug that a normalised text names, and the text without it; long words may be misspelt."""
    for name, meant in words().chinese_drugs.items():
        if name in text:
            return meant, text.replace(name, " ")
    parts = list(re.finditer(r"[a-z0-9][a-z0-9'-]*", text))
    for width in (3, 2, 1):
        for first, last in zip(parts, parts[width - 1 :], strict=False):
            name = text[first.start() : last.end()]
            if len(name) >= SHORTEST_NAME and name in drugs():
                return name, text[: first.start()] + " " + text[last.end() :]
    return next(_misspelt(text), ("", text))


def _misspelt(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(rf"[a-z]{{{SHORTEST_MENDED},}}", text):
        most = 1 if len(match.group()) < 9 else 2
        found = process.extractOne(match.group(), _names(), scorer=OSA.distance, score_cutoff=most)
        if found:
            yield found[0], text[: match.start()] + " " + text[match.end() :]


@cache
def _names() -> tuple[str, ...]:
    return tuple(name for name in drugs() if name.isalpha() and len(name) >= SHORTEST_MENDED)


# Targets ------------------------------------------------------------------------------------------


def _typed(text: str) -> tuple[list[Target], str]:
    """Properties with numbers, and the text without them.

    Raises:
        RequestError: A number cannot be met, or a property has two.
    """
    found: dict[str, Target] = {}
    for match in _property().finditer(text):
        name = _lexicon("properties").find(match["name"])[0]
        target = _target(name, match)
        if found.setdefault(name, target) != target:
            least, most = max(target.least, found[name].least), min(target.most, found[name].most)
            if least > most:
                raise RequestError(f"{name} cannot be in two places at once; give one range, such as {name}=2..3.")
            found[name] = Target(target.of, least, most)
    return list(found.values()), _property().sub(" ", text)


def _target(name: str, match: re.Match[str]) -> Target:
    first, second = match["first"], match["second"]
    if second:
        return Target.parse(f"{name}={first}..{second}")
    own, sides = words(), {match["side"], match["after"]}
    above, below = sides & {*own.above, *own.behind_above}, sides & {*own.below, *own.behind_below}
    return Target.parse(f"{name}{'>=' if above else '<=' if below else '='}{first}")


@cache
def _property() -> re.Pattern[str]:
    """A property, where it lies, and one number or two."""
    own = words()
    names = either([name for phrases in own.properties.values() for name in phrases])
    sides = either([*own.above, *own.below, *own.between])
    after = either([*own.behind_above, *own.behind_below])
    return re.compile(
        rf"(?<![a-z])(?P<name>{names})(?:\s*(?:score|value|should be|must be|is|be|of|around|about|约|为|是|[:=]))*"
        rf"\s*(?P<side>{sides})?\s*(?P<first>{NUMBER})"
        rf"(?:\s*(?:and|to|till|-|–|~|\.\.|至|到|和)\s*(?P<second>{NUMBER}))?(?:\s*(?P<after>{after}))?"
    )


def _leaning(text: str, molecule: object) -> list[Target]:
    """Properties that are wanted high or low, without a number."""
    own, found = words(), []
    for match in _leans().finditer(text):
        name = _lexicon("properties").find(match["after"] or match["before"])[0]
        is_high = (match["first"] or match["last"]) in own.high
        of, alone = PROPERTIES[name], (own.high_targets if is_high else own.low_targets)[name]
        wish = _Wish(words=(), property=name, than=of.deviation if is_high else -of.deviation, alone=alone)
        found += _targets(wish, molecule)
    return found


@cache
def _leans() -> re.Pattern[str]:
    """A property wanted high or low: "a lower logP", "logP更低"."""
    own = words()
    names = either([name for phrases in own.properties.values() for name in phrases])
    leaning = either([*own.high, *own.low])
    chinese = either([word for word in (*own.high, *own.low) if not word.isascii()])
    return re.compile(
        rf"(?<![a-z])(?P<first>{leaning})\s*(?:the\s+|its\s+|a\s+|的)?(?P<after>{names})(?![a-z])"
        rf"|(?P<before>{names})\s*(?:要|尽量|应该|应|更)?(?P<last>{chinese})"
    )


def _part(text: str) -> str:
    """SMILES of a part that is called by its name."""
    names: dict[str, list[str]] = {}
    for name, smiles in words().parts.items():
        names.setdefault(smiles, []).append(name)
    return next(iter(Lexicon(names).find(text)), "")


def _wishes(text: str) -> list[_Wish]:
    return [words().wishes[int(place)] for place in _lexicon("wishes").find(text)]


def _targets(wish: _Wish, molecule: object) -> list[Target]:
    """The targets of a wish, moved from the molecule that was named."""
    if wish.targets:
        return [Target.parse(one) for one in wish.targets]
    if molecule is None:
        return [Target.parse(wish.alone)]
    of = PROPERTIES[wish.property]
    limit = min(max(of.compute(molecule) + wish.than, of.least), of.most)
    return [Target(of, limit, of.most) if wish.than > 0 else Target(of, of.least, limit)]


@cache
def _lexicon(field: str) -> Lexicon:
    if field == "wishes":
        return Lexicon({str(place): wish.words for place, wish in enumerate(words().wishes)})
    return Lexicon(getattr(words(), field))


@cache
def _keeping() -> re.Pattern[str]:
    return re.compile(rf"(?:{either(words().keeping)})")
