"""Which question to ask next: the one whose answer tells most, and more where something dangerous is still possible."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from assistant.consultation.differential import Case, Engine, Floats
from knowledge.condition import Urgency
from knowledge.findings import lexicon

MOST_QUESTIONS = 15
LEAST_INFORMATION = 0.02  # nats; a question below it is not worth a patient's time
LIKELY = 60
LOOKED_AT = 6
ASKED_KINDS = frozenset(("symptom", "history", "risk", "exposure", "sign"))
SIGN_BASE = 0.02  # signs rarer than this are a doctor's to find
DANGER: dict[Urgency, float] = {"emergency": 4.0, "urgent": 2.0, "routine": 1.0, "self_care": 0.7}
DANGEROUS = 2.0
SETTLED = 0.6


@dataclass(frozen=True)
class Question:
    """The finding to ask for, and how much the answer is expected to tell, in nats."""

    finding: str
    information: float


def information(belief: Floats, yes: Floats) -> Floats:
    """Mutual information between the condition and each yes-or-no answer, in nats.

    Args:
        belief: Probability of each condition [C].
        yes: P(yes | condition) for each question [C, Q].
    """
    return np.asarray(_entropy(belief @ yes) - belief @ _entropy(yes))


def _entropy(p: Floats) -> Floats:
    q = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(-q * np.log(q) - (1 - q) * np.log(1 - q))


def candidates(engine: Engine, case: Case, asked: Collection[str] = (), most: int = LOOKED_AT) -> list[Question]:
    """The questions that tell most, the best first."""
    belief = engine.posterior(case)
    likely = np.argsort(-belief)[:LIKELY]
    weight = np.array([_danger(engine, place) for place in likely]) * belief[likely]
    weight = weight / weight.sum()
    open_places = np.array(_open(engine, case, set(asked)))
    if not open_places.size:
        return []
    present = {engine.place[name] for name in case.there if name in engine.place}
    parents = engine.parent[open_places]
    inside = np.isin(parents, sorted(present)) if present else np.zeros(len(parents), bool)
    yes = np.where(inside, engine.within[likely][:, open_places], engine.given[likely][:, open_places])
    told = information(weight, yes)
    best = np.argsort(-told)[:most]
    return [Question(engine.findings[open_places[place]], float(told[place])) for place in best]


def next_question(
    engine: Engine, case: Case, asked: Collection[str], decide: Callable[[Case], object]
) -> Question | None:
    """The next question, or None when nothing that could still be answered would change what to do.

    Args:
        asked: Findings that were asked for, answered or not.
        decide: What would be done for a case, for example its level of urgency.
    """
    if len(asked) >= MOST_QUESTIONS:
        return None
    found = [question for question in candidates(engine, case, asked) if question.information >= LEAST_INFORMATION]
    if not found or engine.posterior(case).max() < SETTLED:
        return found[0] if found else None
    now = decide(case)
    return next((question for question in found if _would_change(case, question, now, decide)), None)


def answered(case: Case, finding: str, there: bool) -> Case:
    """The case with one more answer."""
    if there:
        return replace(case, present=case.present | {finding}, absent=case.absent - {finding})
    return replace(case, absent=case.absent | {finding}, present=case.present - {finding}, also=case.also - {finding})


def _would_change(case: Case, question: Question, now: object, decide: Callable[[Case], object]) -> bool:
    return any(decide(answered(case, question.finding, there)) != now for there in (True, False))


def _danger(engine: Engine, place: int) -> float:
    condition = engine.conditions[place]
    return DANGER[condition.urgency] * (DANGEROUS if condition.dangerous else 1.0)


def _open(engine: Engine, case: Case, asked: set[str]) -> list[int]:
    """Findings that can still be asked for: not known, not implied, and something a patient can tell."""
    vocabulary = lexicon()
    known = case.there | case.absent | asked
    implied, _ = engine.closed(case)
    absent = {engine.place[name] for name in case.absent if name in engine.place}
    places = []
    for place, name in enumerate(engine.findings):
        lexeme = vocabulary[name]
        of_doctor = lexeme.kind == "sign" and lexeme.base < SIGN_BASE
        if name in known or not lexeme.ask or lexeme.kind not in ASKED_KINDS or of_doctor:
            continue
        if place not in implied and not engine.under(place, absent):
            places.append(place)
    return places
