"""Interviews of the simulated patients of DDXPlus (development half), each by an engine fitted without its fold.

    python -m tests.benchmarks.interview

The baseline asks by information gain over naive Bayes on the published rates, without values, age or sex.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import numpy as np

from assistant.consultation.ddxplus.interview import SHOWN, Interview, differential
from assistant.consultation.ddxplus.readout import Readout
from assistant.consultation.ddxplus.train import read_folder, train
from assistant.consultation.ddxplus.world import World, read_patient
from assistant.consultation.questions import information
from tests.benchmarks.report import report
from tests.conftest import SHARED_DATA

FOLDS = 5
LENGTHS = (5, 10, 15, 20)
Row = dict[str, Any]
Marks = dict[int, list[tuple[bool, bool, float]]]


def ours(world: World, readout: Readout, rows: list[Row], marks: Marks, seconds: list[float]) -> None:
    """Hold one interview with each patient and mark it at each length."""
    for row in rows:
        held = Interview(world, read_patient(row, world))
        while len(held.asked) <= max(LENGTHS):
            started = time.perf_counter()
            place = held.next()
            seconds.append(time.perf_counter() - started)
            held.ask(place)
            if len(held.asked) - 1 in LENGTHS:
                marks[len(held.asked) - 1].append(_mark(differential(held, readout), row))


def naive(world: World, rows: list[Row], marks: Marks) -> None:
    """The baseline's interviews."""
    for row in rows:
        patient = read_patient(row, world)
        place = world.place[patient.initial]
        scores, asked = np.log(world.prior), []
        for _ in range(max(LENGTHS) + 1):
            there = world.evidences[place].code in patient.evidences
            scores = scores + np.log(world.clipped[place] if there else 1 - world.clipped[place])
            asked.append(place)
            belief = np.exp(scores - scores.max())
            belief /= belief.sum()
            if len(asked) - 1 in LENGTHS:
                order = np.argsort(-belief)
                told = [(world.conditions[k], float(belief[k])) for k in order]
                marks[len(asked) - 1].append(_mark(told, row))
            worth = information(belief, world.clipped.T)
            worth[asked] = -np.inf
            place = int(np.argmax(worth))


def _mark(told: list[tuple[str, float]], row: Row) -> tuple[bool, bool, float]:
    names = [name for name, _ in told]
    ours = {name for name, chance in told if chance >= SHOWN}
    reference = {name for name, chance in row["ddx"] if chance >= SHOWN}
    return (
        names[0] == row["pathology"],
        row["pathology"] in names[:5],
        2 * len(ours & reference) / (len(ours) + len(reference)),
    )


def _rows(name: str, marks: Marks) -> list[Row]:
    return [
        {
            "engine": name,
            "questions": length,
            "top-1": float(np.mean([first for first, _, _ in marks[length]])),
            "top-5": float(np.mean([five for _, five, _ in marks[length]])),
            "differential F1": float(np.mean([f1 for _, _, f1 in marks[length]])),
        }
        for length in LENGTHS
    ]


def main() -> None:
    """Five folds: fitted on four, interviewed on the fifth."""
    evidences, table, patients = read_folder(SHARED_DATA / "ddxplus")
    mine, base, seconds = defaultdict(list), defaultdict(list), []
    for fold in range(FOLDS):
        held_out = patients[fold::FOLDS]
        rest = [row for place, row in enumerate(patients) if place % FOLDS != fold]
        world, readout = train(evidences, table, rest)
        ours(world, readout, held_out, mine, seconds)
        naive(world, held_out, base)
    speed = {
        "step": "choose a question",
        "median ms": 1000 * float(np.median(seconds)),
        "p99 ms": 1000 * float(np.quantile(seconds, 0.99)),
        "bound ms": 20,
    }
    tables = {
        f"{len(patients)} simulated patients": [*_rows("naive Bayes, greedy", base), *_rows("Airmed", mine)],
        "Speed of an interview": [speed],
    }
    report("interview", tables, ("five folds: an engine never saw the patients that it is measured on",))


if __name__ == "__main__":
    main()
