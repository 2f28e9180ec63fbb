"""Fit the tables and the read-out from the files of DDXPlus.

    python -m assistant.consultation.ddxplus.train FOLDER

FOLDER holds `release_evidences.json.gz`, `train_symptom_condition_probs.json.gz` (rates of the whole training split)
and `patients_dev.jsonl.gz` (values, ages, sexes and reference differentials). About a minute on two cores.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant.consultation.ddxplus.interview import SHOWN, Interview
from assistant.consultation.ddxplus.readout import WEIGHTS, Readout, features
from assistant.consultation.ddxplus.world import AGE_ENDS, NAMES, TABLES, Evidence, World, read_patient
from assistant.consultation.differential import Floats

PULL = 2.0  # how many patients the pooled table counts as, for a condition with few of its own
PERSON_PULL = 4.0
LEAST_VALUE, MOST_VALUE = 1e-4, 1 - 1e-3
LENGTHS = (10, 15, 20)
STEPS, BATCH, RATE, DECAY = 600, 512, 5e-3, 0.3
CONSTANT = 1e-6
SEED = 0
Row = dict[str, Any]
Places = NDArray[np.int64]


def read_folder(folder: Path) -> tuple[Row, Row, list[Row]]:
    """The evidences, the rates and the development patients."""

    def content(name: str) -> str:
        return gzip.decompress((folder / name).read_bytes()).decode()

    patients = [json.loads(line) for line in content("patients_dev.jsonl.gz").splitlines()]
    rates = json.loads(content("train_symptom_condition_probs.json.gz"))
    return json.loads(content("release_evidences.json.gz")), rates, patients


def fit_world(evidences: Row, table: Row, patients: Sequence[Row]) -> World:
    """The tables: rates as published, values and persons counted over the patients and drawn to what is pooled."""
    conditions = tuple(table["conditions"])
    codes = sorted(evidences, key=lambda code: int(code.removeprefix("E_")))
    about = tuple(
        Evidence(code, entry["data_type"], bool(entry["is_antecedent"]), tuple(map(str, entry["possible-values"])))
        for code in codes
        for entry in [evidences[code]]
    )
    counts = np.array([table["condition_counts"][name] for name in conditions], dtype=float)
    rates = np.array([[table["probabilities"][name][code] for name in conditions] for code in codes])
    of = np.array([conditions.index(row["pathology"]) for row in patients])
    groups = np.array([np.searchsorted(AGE_ENDS, row["age"], side="right") for row in patients])
    men = np.array([int(row["sex"] == "M") for row in patients])
    return World(
        conditions=conditions,
        evidences=about,
        prior=counts / counts.sum(),
        rates=rates,
        values={e.code: _value_table(e, rates[place], patients, of) for place, e in enumerate(about) if e.values},
        ages=_shares(groups, of, len(AGE_ENDS) + 1, len(conditions)),
        sexes=_shares(men, of, 2, len(conditions)),
    )


def _shares(groups: Places, of: Places, rows: int, columns: int) -> Floats:
    counts = np.zeros((rows, columns))
    np.add.at(counts, (groups, of), 1)
    pooled = counts.sum(axis=1, keepdims=True) / counts.sum()
    return np.asarray((counts + PERSON_PULL * pooled) / (counts.sum(axis=0) + PERSON_PULL))


def _value_table(evidence: Evidence, rate: Floats, patients: Sequence[Row], of: Places) -> Floats:
    counts = np.zeros((len(evidence.values), len(rate)))
    for row, condition in zip(patients, of, strict=True):
        for told in row["evidences"]:
            code, _, value = told.partition("_@_")
            if code == evidence.code and value in evidence.values:
                counts[evidence.values.index(value), condition] += 1
    with_it = np.bincount(of, minlength=len(rate)) * rate
    total = counts.sum(axis=1, keepdims=True)
    if evidence.kind == "C":
        pooled = (total + 0.5) / (total.sum() + 0.5 * len(total))
        return np.asarray((counts + PULL * pooled) / (counts.sum(axis=0) + PULL))
    pooled = (total + 0.1) / (with_it.sum() + 1)
    return np.asarray(np.clip((counts + PULL * pooled) / (with_it + PULL), LEAST_VALUE, MOST_VALUE))


def states(world: World, rows: Sequence[Row]) -> tuple[Floats, Floats, Floats]:
    """Features and reference of each patient at each length of interview: [N, C, F], [N, A], [N, C]."""
    fits, answers, wanted = [], [], []
    for row in rows:
        held = Interview(world, read_patient(row, world))
        reference = {name for name, chance in row["ddx"] if chance >= SHOWN}
        while len(held.asked) <= max(LENGTHS):
            if len(held.asked) - 1 in LENGTHS:
                fit, answer = features(world, held.patient, held.scores, held.asked)
                fits.append(fit)
                answers.append(answer)
                wanted.append([float(name in reference) for name in world.conditions])
            held.ask(held.next())
    return np.array(fits), np.array(answers), np.array(wanted)


class Networks(torch.nn.Module):
    """What `readout.Readout` computes, trainable."""

    def __init__(self, fits: int, answers: int, conditions: int) -> None:
        """Make the layers."""
        super().__init__()
        layer = torch.nn.Linear
        self.condition = torch.nn.Parameter(torch.randn(conditions, 16) * 0.1)
        self.fit = torch.nn.ModuleList([layer(fits + 16, 64), layer(64, 64), layer(64, 1)])
        self.all = torch.nn.ModuleList([layer(answers, 128), layer(128, conditions)])
        self.few, self.many = torch.nn.Dropout(0.1), torch.nn.Dropout(0.4)

    def forward(self, fit: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        """Log-odds that each condition is in the reference."""
        each = torch.cat([fit, self.condition.expand(len(fit), *self.condition.shape)], dim=-1)
        each = torch.relu(self.fit[1](self.few(torch.relu(self.fit[0](each)))))
        whole = self.many(torch.relu(self.all[0](self.few(answers))))
        alone: torch.Tensor = self.fit[2](each)[..., 0]
        together: torch.Tensor = self.all[1](whole)
        return alone + together


def fit_readout(fits: Floats, answers: Floats, wanted: Floats) -> dict[str, Floats]:
    """Train the networks; returns their weights by name."""
    torch.manual_seed(SEED)
    mean, spread = fits.mean(axis=(0, 1)), fits.std(axis=(0, 1))
    spread = np.where(spread < CONSTANT, 1.0, spread)
    data = [torch.tensor(array, dtype=torch.float32) for array in ((fits - mean) / spread, answers, wanted)]
    net = Networks(fits.shape[-1], answers.shape[-1], wanted.shape[-1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        batch = torch.randint(len(wanted), (BATCH,))
        fit, answer, want = (array[batch] for array in data)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(fit, answer), want)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    weights = {name: value.detach().numpy().astype(np.float64) for name, value in net.named_parameters()}
    return weights | {"mean": mean, "spread": spread}


def train(evidences: Row, table: Row, patients: Sequence[Row]) -> tuple[World, Readout]:
    """Fit everything to these patients."""
    world = fit_world(evidences, table, patients)
    return world, Readout(fit_readout(*states(world, patients)))


def save(world: World, readout: Readout) -> None:
    """Write the shipped files."""
    entries = [
        {"code": e.code, "kind": e.kind, "antecedent": e.antecedent, "values": list(e.values)} for e in world.evidences
    ]
    names = {"conditions": list(world.conditions), "evidences": entries}
    NAMES.write_text(json.dumps(names, ensure_ascii=False, indent=None) + "\n", encoding="utf-8")
    tables = {"prior": world.prior, "rates": world.rates, "ages": world.ages, "sexes": world.sexes}
    tables |= {f"values.{code}": values for code, values in world.values.items()}
    save_file({name: array.astype(np.float32) for name, array in tables.items()}, TABLES)
    kinds = {name: np.float32 if name in ("mean", "spread") else np.float16 for name in readout.weights}
    save_file({name: np.ascontiguousarray(readout.weights[name], dtype=kinds[name]) for name in kinds}, WEIGHTS)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    save(*train(*read_folder(options.parse_args().folder)))
