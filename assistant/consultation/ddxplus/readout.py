"""The second read-out of an interview: which conditions DDXPlus's own wide differential would hold.

Two small networks are added: one looks at how well a condition explains what was answered, the same for every
condition; the other looks at all answers at once. What was not asked stands at its expected value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from assistant.consultation.ddxplus.world import Patient, World
from assistant.consultation.differential import Floats, softmax

WEIGHTS = Path(__file__).with_name("readout.safetensors")
LOWEST = -30.0
RANKS = 5.0


@dataclass(frozen=True)
class Readout:
    """The trained networks."""

    weights: dict[str, Floats]

    def members(self, world: World, patient: Patient, scores: Floats, asked: Sequence[int]) -> Floats:
        """P(the reference differential holds the condition) [C]."""
        fit, answers = features(world, patient, scores, asked)
        w = self.weights
        each = np.concatenate([(fit - w["mean"]) / w["spread"], w["condition"]], axis=1)
        each = np.maximum(each @ w["fit.0.weight"].T + w["fit.0.bias"], 0)
        each = np.maximum(each @ w["fit.1.weight"].T + w["fit.1.bias"], 0)
        alone = (each @ w["fit.2.weight"].T + w["fit.2.bias"])[:, 0]
        whole = np.maximum(w["all.0.weight"] @ answers + w["all.0.bias"], 0)
        return np.asarray(1 / (1 + np.exp(-(alone + w["all.1.weight"] @ whole + w["all.1.bias"]))))


def features(world: World, patient: Patient, scores: Floats, asked: Sequence[int]) -> tuple[Floats, Floats]:
    """How each condition fits [C, F], and the answers in one row [N]."""
    belief = softmax(scores)
    there = world.rates @ belief
    known = np.zeros(len(there))
    known[list(asked)] = 1
    there = np.where(known > 0, [float(e.code in patient.evidences) for e in world.evidences], there)
    columns, rows = [], []
    for group in (False, True):
        chosen = np.array([evidence.antecedent == group for evidence in world.evidences], dtype=float)
        columns += _explained(world, there, known, chosen)
    for code, table in world.values.items():
        place = world.place[code]
        if known[place]:
            held = patient.evidences.get(code, frozenset())
            row = np.array([float(v in held) for v in world.evidences[place].values])
        else:
            row = table @ (belief * world.rates[place])
        rows.append(row)
        columns += [row @ np.log(np.clip(table, 1e-3, 1)), row @ table]
    initial = world.rates[world.place[patient.initial]]
    rank = np.argsort(np.argsort(-scores))
    columns += [(initial > 0).astype(float), initial, np.log(world.prior)]
    columns += [np.maximum(scores - scores.max(), LOWEST) / 10, np.exp(-rank / RANKS), belief]
    person = [patient.age / 50 - 1, float(patient.sex == "M"), len(asked) / 20]
    return np.array(columns).T, np.concatenate([there, *rows, known, person])


def _explained(world: World, there: Floats, known: Floats, chosen: Floats) -> list[Floats]:
    """What each condition explains of the evidences of one group, and what it would have led to expect."""
    rates, possible = np.clip(world.rates, 1e-3, 1 - 1e-3), (world.rates > 0).astype(float)
    held = there * chosen
    return [
        held @ possible,
        held @ (1 - possible),
        held @ (np.log(rates) * possible),
        ((1 - there) * chosen) @ np.log(1 - rates),
        (held @ world.rates) / max(1.0, float(held.sum())),
        (held * known) @ possible,
    ]


@cache
def readout() -> Readout:
    """The shipped read-out."""
    return Readout({name: array.astype(np.float64) for name, array in load_file(WEIGHTS).items()})
