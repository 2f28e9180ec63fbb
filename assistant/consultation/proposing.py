"""Proposes the molecules that someone asked for and tells how the search goes; what cannot be is answered in words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from assistant.consultation.molecules import MOST, MoleculeRequest, read_request
from assistant.events import Proposed, Searched
from assistant.locales import locale
from assistant.safety.evidence import Citation, Evidence, Statement
from assistant.visit import Visit
from generators.errors import HazardError, RequestError
from generators.molecules.goals import Target
from generators.molecules.hazards import Hazard, refuse_request
from generators.molecules.proposals import Brief, proposals, search

CALLS = 1000  # molecules that a search scores at most
SEEDS = 10_000  # short enough to be typed again
Tell = Callable[[dict[str, Any]], None]
MOSES = Citation(
    id="dataset:moses",
    name="MOSES",
    text="1.58 million drug-like molecules of ZINC, 250 to 350 g/mol, on which the generator learned.",
    publisher="Polykovskiy et al. 2020",
    url="https://doi.org/10.3389/fphar.2020.565644",
)


def propose(wish: str, visit: Visit, tell: Tell) -> Evidence:
    """The answer to a wish for molecules.

    Raises:
        GeneratorError: The model's files cannot be used.
    """
    words = visit.words.molecules
    try:
        refuse_request(wish)
        request = read_request(wish)
        seed = secrets.randbelow(SEEDS) if request.seed is None else request.seed
        brief = Brief(request.goal, request.count, seed, request.model, CALLS)
    except HazardError as error:
        return _instead(_refusal(error.hazard, visit), visit)
    except RequestError as error:
        return _instead(words.unreadable.format(why=error), visit)
    for progress in search(brief):
        best = progress.best[0].score if progress.best else 0.0
        tell(Searched(done=progress.calls, calls=CALLS, best=best).model_dump())
    shown = tuple(proposals(brief, progress))
    if not shown:
        return _instead(words.missed.format(calls=progress.calls), visit)
    tell(Proposed(molecules=shown).model_dump())
    opening = tuple(_opening(request, len(shown), progress.calls, seed, visit))
    return Evidence(opening=opening, citations=(MOSES,), complete=True, molecules=shown)


# What is said ---------------------------------------------------------------------------------------


def _opening(request: MoleculeRequest, count: int, calls: int, seed: int, visit: Visit) -> Iterator[Statement]:
    words = visit.words.molecules
    made = words.made_one if count == 1 else words.made
    goal, family = words.comma.join(_parts(request, visit)), words.families[request.model]
    yield Statement(text=made.format(count=count, calls=calls, family=family, seed=seed, goal=goal), citation=0)
    if request.asked > MOST:
        yield Statement(text=words.too_many.format(asked=request.asked, most=MOST))
    yield Statement(text=words.caution)


def _parts(request: MoleculeRequest, visit: Visit) -> Iterator[str]:
    words = visit.words.molecules
    if request.near:
        yield words.like.format(name=request.near)
    if request.scaffold:
        yield words.keeping.format(smiles=request.scaffold)
    for target in request.goal.targets:
        yield _range(target, visit)


def _range(target: Target, visit: Visit) -> str:
    words = visit.words.molecules
    sentence = words.between
    if target.most == target.of.most:
        sentence = words.above
    elif target.least == target.of.least:
        sentence = words.below
    name = locale(visit.language).page[f"property_{target.of.name}"]
    return sentence.format(property=name, least=f"{target.least:.3g}", most=f"{target.most:.3g}")


def _refusal(hazard: Hazard, visit: Visit) -> str:
    return visit.words.molecules.refused.format(name=hazard.name, reason=hazard.reason, source=hazard.source)


def _instead(sentence: str, visit: Visit) -> Evidence:
    """What is said in place of molecules, with wishes to click."""
    return Evidence(opening=(Statement(text=sentence),), options=visit.words.molecules.offers, complete=True)
