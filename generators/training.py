"""Training, one shape for every family: seeded, resumable, averaged, logged, with samples saved as it goes.

A `Trainee` knows its networks, its optimisers and one step; `fit` does the rest. Everything that a resumed run needs
(weights, averages, optimiser moments, random state, number seen) is one safetensors file: no pickle is written or read.
"""

from __future__ import annotations

import csv
import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from generators.precision import place

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.csv"
RANDOM, SEEN = "random_state", "seen"
LOGGED_EVERY = 100  # steps
SAVED_EVERY = 300.0  # seconds
Told = Callable[[float, Mapping[str, float]], None]


@dataclass(frozen=True)
class Plan:
    """How long and in what portions a family trains.

    Attributes:
        examples: How many are shown in all, repetitions counted.
        batch: Examples in a step.
        seed: Of the weights and of every random choice.
    """

    examples: int
    batch: int
    seed: int = 0


class Trainee(nn.Module, ABC):
    """Networks being trained, with what trains them."""

    optimisers: dict[str, torch.optim.Optimizer]
    averaged: AveragedModel

    @property
    def learned(self) -> Any:
        """The averaged network, ready to be used."""
        return self.averaged.module.eval()

    @abstractmethod
    def step(self, examples: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from one batch and give the losses; `progress` goes from 0 to 1 over the plan."""

    @abstractmethod
    def show(self, folder: Path, seen: int) -> None:
        """Write samples to look at while it trains, after `seen` examples."""


def average(network: nn.Module, decay: float) -> AveragedModel:
    """A copy that follows the network's weights as an exponential moving average, of few steps while there are few."""

    def follow(averaged: Any, weights: Any, steps: Tensor | int) -> None:
        begun = (1 + int(steps)) / (10 + int(steps))
        get_ema_multi_avg_fn(min(decay, begun))(averaged, weights, steps)

    return AveragedModel(network, multi_avg_fn=follow, use_buffers=False)


def descend(optimiser: torch.optim.Optimizer, loss: Tensor, clip: float = math.inf) -> None:
    """One step of an optimiser down a loss."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    if clip < math.inf:
        nn.utils.clip_grad_norm_([value for group in optimiser.param_groups for value in group["params"]], clip)
    optimiser.step()


def set_rate(optimiser: torch.optim.Optimizer, rate: float, progress: float, warm: float = 0.01) -> None:
    """Linear warm-up over the first share of training, then a cosine down to a fiftieth; for some weights `faster`."""
    shape = progress / warm if progress < warm else 0.02 + 0.49 * (1 + math.cos(math.pi * progress))
    for group in optimiser.param_groups:
        group["lr"] = rate * shape * group.get("faster", 1.0)


def fit(
    trainee: Trainee,
    examples: Tensor,
    labels: Tensor,
    plan: Plan,
    folder: Path,
    weights: Tensor | None = None,
    told: Told | None = None,
) -> None:
    """Train until the plan is fulfilled, on a GPU where there is one; a folder with a checkpoint is gone on with.

    Args:
        trainee: What learns.
        examples: [N,...], as the trainee takes them.
        labels: [N].
        plan: How long.
        folder: Where checkpoint, log and samples go.
        weights: How often each example is drawn against the others; even by default.
        told: Called with progress and losses at every logged step.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = torch.Generator().manual_seed(plan.seed)
    torch.manual_seed(plan.seed)
    trainee.to(place())
    examples, labels = examples.to(place()), labels.to(place())
    seen = resume(trainee, folder / CHECKPOINT, random)
    saved = time.monotonic()
    with (
        tqdm(total=plan.examples, initial=seen, unit="ex", desc=folder.parent.name, mininterval=1) as bar,
        _log(folder) as log,
    ):
        while seen < plan.examples:
            chosen = _chosen(len(examples), plan.batch, weights, random)
            losses = trainee.step(examples[chosen], labels[chosen], seen / plan.examples)
            seen += plan.batch
            bar.update(plan.batch)
            if seen // plan.batch % LOGGED_EVERY == 0:
                bar.set_postfix({name: f"{value:.3f}" for name, value in losses.items()})
                log({SEEN: seen, **losses})
                if told:
                    told(seen / plan.examples, losses)
            if time.monotonic() - saved > SAVED_EVERY or seen >= plan.examples:
                save(trainee, folder / CHECKPOINT, random, seen)
                trainee.show(folder, seen)
                saved = time.monotonic()
    trainee.cpu()


def _chosen(count: int, batch: int, weights: Tensor | None, random: torch.Generator) -> Tensor:
    if weights is None:
        return torch.randint(count, (batch,), generator=random)
    return torch.multinomial(weights, batch, replacement=True, generator=random)


@contextmanager
def _log(folder: Path) -> Iterator[Callable[[Mapping[str, float]], None]]:
    """Writes rows to a CSV file that a resumed run goes on writing."""
    with (folder / LOG).open("a", newline="") as file:

        def write(row: Mapping[str, float]) -> None:
            writer = csv.DictWriter(file, list(row))
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(
                {name: f"{value:.5g}" if isinstance(value, float) else value for name, value in row.items()}
            )
            file.flush()

        yield write


def save(trainee: Trainee, path: Path, random: torch.Generator, seen: int) -> None:
    """Write a checkpoint; a run cut off while writing keeps the old one."""
    moments = {
        f"optimiser/{name}/{place}/{key}": value
        for name, optimiser in trainee.optimisers.items()
        for place, state in optimiser.state_dict()["state"].items()
        for key, value in state.items()
    }
    tensors = {f"model/{name}": value for name, value in trainee.state_dict().items()} | moments
    tensors |= {RANDOM: random.get_state(), _dice(): _chance().get_state()}
    new = path.with_suffix(".new")
    save_file({name: value.contiguous() for name, value in tensors.items()}, new, {SEEN: json.dumps(seen)})
    new.replace(path)


def resume(trainee: Trainee, path: Path, random: torch.Generator) -> int:
    """Take up a checkpoint where there is one, and say how many examples were seen."""
    if not path.exists():
        return 0
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        seen = int(json.loads(file.metadata()[SEEN]))
    random.set_state(tensors.pop(RANDOM))
    if _dice() in tensors:  # not where a run began on a CPU and goes on on a GPU
        _chance().set_state(tensors[_dice()])
    trainee.load_state_dict(
        {name.removeprefix("model/"): value for name, value in tensors.items() if name.startswith("model/")}
    )
    for name, optimiser in trainee.optimisers.items():
        optimiser.load_state_dict(optimiser.state_dict() | {"state": dict(_moments(tensors, f"optimiser/{name}/"))})
    return seen


def _chance() -> torch.Generator:
    """What the trainee's own random choices come from."""
    return torch.cuda.default_generators[0] if place().type == "cuda" else torch.default_generator


def _dice() -> str:
    return f"{place().type}_random_state"


def _moments(tensors: Mapping[str, Tensor], prefix: str) -> Iterator[tuple[int, dict[str, Tensor]]]:
    places: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(prefix):
            place, key = name.removeprefix(prefix).split("/")
            places.setdefault(int(place), {})[key] = value
    yield from places.items()
