"""How soon a case should be seen: the red-flag rules, the vital signs and the danger in the differential.

The most urgent of the three decides, so that nothing lowers what a rule found. Over the differential the level is the
one with the least expected harm: to send home what was urgent costs more than to see what could have waited, and both
cost something, so that not everything is an emergency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.consultation.differential import Case, Engine
from assistant.consultation.news2 import news2
from assistant.safety.red_flags import fired
from knowledge.condition import Urgency
from knowledge.findings import lexicon

LEVELS: tuple[Urgency, ...] = ("self_care", "routine", "urgent", "emergency")
# harm[said][true], both in the order of LEVELS
HARM = np.array(
    [
        [0.0, 0.8, 4.0, 14.0],
        [0.7, 0.0, 2.5, 12.0],
        [2.0, 1.2, 0.0, 4.0],
        [5.0, 4.0, 2.0, 0.0],
    ]
)
NEWS2_EMERGENCY, NEWS2_URGENT, NEWS2_ONE_PART = 7, 5, 3
CONFUSED = frozenset(("confusion", "drowsy", "unresponsive"))
RECOVERED = "recovered_now"
FEWEST = 2  # a single finding that cannot wait has a rule
ILL = frozenset(("symptom", "sign", "exposure", "test"))
Because = Literal["rule", "vitals", "differential", "nothing"]


@dataclass(frozen=True)
class Triage:
    """The level of urgency, and what it rests on."""

    level: Urgency
    because: Because


def triage(engine: Engine, case: Case) -> Triage:
    """The level of a case; `routine` where nothing is known of it."""
    if not case.there and not case.vitals:
        return Triage("routine", "nothing")
    opinions = [_by_rules(case), _by_vitals(case), _by_differential(engine, case)]
    return max(opinions, key=lambda opinion: LEVELS.index(opinion.level))


def _by_rules(case: Case) -> Triage:
    flags = fired(case.present, case.age, case.vitals)
    if not flags:
        return Triage("self_care", "rule")
    return Triage("urgent" if flags[0].level == "urgent" else "emergency", "rule")


def _by_vitals(case: Case) -> Triage:
    score = news2(case.vitals, case.age, confused=not CONFUSED.isdisjoint(case.present))
    if score is None or (score.total < NEWS2_URGENT and score.highest < NEWS2_ONE_PART):
        return Triage("self_care", "vitals")
    return Triage("emergency" if score.total >= NEWS2_EMERGENCY else "urgent", "vitals")


def _by_differential(engine: Engine, case: Case) -> Triage:
    if not any(lexicon()[name].kind in ILL for name in case.present):
        return Triage("routine", "nothing")  # nothing is the matter now, whatever the past was
    belief = engine.posterior(case)
    true = np.zeros(len(LEVELS))
    for condition, chance in zip(engine.conditions, belief, strict=True):
        true[LEVELS.index(condition.urgency)] += chance
    level = LEVELS[int(np.argmin(HARM @ true))]
    told = {name for name in case.present if lexicon()[name].kind in ILL}
    leaves = told - {lexicon()[name].parent for name in told}
    most: Urgency = "routine" if len(leaves) < FEWEST else "urgent" if RECOVERED in case.present else "emergency"
    return Triage(min(level, most, key=LEVELS.index), "differential")
