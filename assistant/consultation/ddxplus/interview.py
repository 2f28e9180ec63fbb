"""The interview of a simulated patient: first what tells the conditions apart, then what widens the differential."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assistant.consultation.ddxplus.readout import Readout
from assistant.consultation.ddxplus.world import Patient, World
from assistant.consultation.differential import Floats, softmax
from assistant.consultation.questions import information

SURE = 0.98
VALUES_TELL = 3.0
LIKELIEST = 0.7
MEMBER = 0.4
SHOWN = 0.01


@dataclass
class Interview:
    """One interview as it goes.

    Attributes:
        scores: Log of P(condition, everything answered so far) [C].
        asked: Places of the questions, the initial evidence first.
    """

    world: World
    patient: Patient
    scores: Floats = field(init=False)
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with what the patient came with."""
        self.scores = self.world.start(self.patient)
        self.ask(self.world.place[self.patient.initial])

    @property
    def belief(self) -> Floats:
        """P(condition | answers)."""
        return softmax(self.scores)

    def ask(self, place: int) -> None:
        """Put one question and take the answer in."""
        self.scores = self.scores + self.world.answer(self.patient, place)
        self.asked.append(place)

    def next(self) -> int:
        """The question whose answer is expected to tell most."""
        belief = self.belief
        worth = _discriminating(self.world, belief) if belief.max() < SURE else _widening(self.world, belief)
        worth[self.asked] = -np.inf
        return int(np.argmax(worth))


def interview(world: World, patient: Patient, most: int) -> Interview:
    """Ask up to `most` questions."""
    held = Interview(world, patient)
    for _ in range(min(most, len(world.evidences) - 1)):
        held.ask(held.next())
    return held


def differential(held: Interview, readout: Readout) -> list[tuple[str, float]]:
    """Conditions with their probability, the most probable first.

    The most probable condition comes from the interview's own belief; the wide differential, which DDXPlus's reference
    holds besides, from the read-out.
    """
    belief = held.belief
    member = readout.members(held.world, held.patient, held.scores, held.asked)
    wide = np.where(member >= MEMBER, member, 0.0)
    wide = wide / wide.sum() if wide.sum() else belief
    least = 1.5 * SHOWN / (1 - LIKELIEST)
    mixed = LIKELIEST * belief + (1 - LIKELIEST) * np.where(wide > 0, np.maximum(wide, least), 0.0)
    mixed[np.argmax(belief)] = mixed.max() * (1 + 1e-6)
    mixed = mixed / mixed.sum()
    order = [place for place in np.argsort(-mixed) if mixed[place] >= SHOWN]
    return [(held.world.conditions[place], float(mixed[place])) for place in order]


def _discriminating(world: World, belief: Floats) -> Floats:
    """The expected fall of entropy over the conditions, values counted as one draw."""
    worth = information(belief, world.clipped.T)
    for code, table in world.values.items():
        place = world.place[code]
        drawn = table / table.sum(axis=0) * world.clipped[place]
        outcomes = np.vstack([drawn, 1 - world.clipped[place]])
        worth[place] = _entropy(outcomes @ belief) - float(belief @ _entropy(outcomes))
    return worth


def _widening(world: World, belief: Floats) -> Floats:
    """How uncertain an evidence still is, times how many conditions it could bring in."""
    there = world.clipped @ belief
    worth = there * (1 - there)
    for code in world.values:
        worth[world.place[code]] = VALUES_TELL * there[world.place[code]]
    shared = (world.rates > 0).sum(axis=1).astype(np.float64)
    return np.asarray(worth * np.where([code.code in world.values for code in world.evidences], 1, np.sqrt(shared)))


def _entropy(outcomes: Floats) -> Floats:
    safe = np.maximum(outcomes, 1e-12)
    return np.asarray(-(safe * np.log(safe)).sum(axis=0))
