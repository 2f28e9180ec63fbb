"""The batch form of history taking: interviews of simulated patients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from assistant.consultation.ddxplus.interview import differential, interview
from assistant.consultation.ddxplus.readout import readout
from assistant.consultation.ddxplus.world import read_patient, world

Row = dict[str, Any]


def interview_rows(rows: list[Row], most: int) -> Iterator[Row]:
    """What was asked of each simulated patient, and the differential that came of it.

    Raises:
        InputError: A row is not a patient in the form of DDXPlus; nothing is written then.
    """
    known, wide = world(), readout()
    patients = [(row["id"], read_patient(row, known)) for row in rows]
    for name, patient in tqdm(patients, desc="interviewing", disable=None):
        held = interview(known, patient, most)
        told = [[condition, round(chance, 6)] for condition, chance in differential(held, wide)]
        yield {"id": name, "asked": [known.evidences[place].code for place in held.asked[1:]], "differential": told}
