"""Evaluate: the three axes of a good generator - fidelity, utility, privacy - for a dataset and each of its labels.

Generated images are compared with the held-out real ones at equal number and in the same proportion of labels, and
beside every figure stands that of real training images in their place: what a perfect model would reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from generators.errors import RequestError
from generators.images.atlas import to_tensor
from generators.images.datasets import Images, ImageSet
from generators.images.inception import Features, cached_features
from generators.images.metrics import FEWEST, Featured, diversity, fidelity, privacy
from generators.images.synthesis import FAMILIES, Request, generate
from generators.images.utility import SEEDS, utility

REAL = "real"
SHOWN_EACH = 5  # how often a classifier sees an image of a set of the real number
Row = dict[str, Any]
Told = Callable[[str], None]


class Maker(Protocol):
    """Makes images of one label: uint8 [count,128,128]."""

    def __call__(self, finding: str, count: int, seed: int) -> Any:
        """So many, by a seed."""


@dataclass(frozen=True)
class ModelMaker:
    """Makes them by a trained model."""

    dataset: str
    model: str
    models: Path | None = None

    def __call__(self, finding: str, count: int, seed: int) -> Any:
        """See the protocol."""
        request = Request(self.dataset, (finding,), self.model, count, seed, models=self.models)
        return np.concatenate(list(generate(request)))


@dataclass(frozen=True)
class FileMaker:
    """Takes them from an `.npz` with `images` and `labels` (`finding` or `dataset/finding`)."""

    path: Path
    dataset: str

    @cached_property
    def _images(self) -> tuple[Any, Any]:
        try:
            with np.load(self.path, allow_pickle=False) as file:
                return file["images"], file["labels"].astype(str)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise RequestError(f"{self.path} cannot be read; give an .npz with arrays images and labels.") from error

    def __call__(self, finding: str, count: int, seed: int) -> Any:
        """As many as there are, at most `count`.

        Raises:
            RequestError: The file has none of the label.
        """
        images, labels = self._images
        own = images[(labels == finding) | (labels == f"{self.dataset}/{finding}")]
        if not len(own):
            raise RequestError(f"{self.path} has no image of {self.dataset}/{finding}.")
        return own[np.random.default_rng(seed).permutation(len(own))[:count]]


@dataclass(frozen=True)
class Evaluation:
    """One dataset, against which makers are evaluated.

    Attributes:
        images: The dataset; `val` is held out.
        cache: A folder where features of real images are kept between runs.
        told: Hears what is being done.
    """

    images: ImageSet
    cache: Path
    told: Told
    seed: int = 0

    @cached_property
    def train(self) -> Featured:
        """All training images with their features."""
        self.told(f"features of {len(self.images.train.labels)} training images")
        return Featured(self.images.train.images, cached_features(self.images.train.images, self.cache))

    @cached_property
    def held_out(self) -> Featured:
        """All held-out images with their features."""
        return Featured(self.images.val.images, cached_features(self.images.val.images, self.cache))

    @cached_property
    def reference(self) -> Any:
        """Places of training images, as many of each label as are held out."""
        random, labels = np.random.default_rng(self.seed), self.images.train.labels
        parts = []
        for number in range(len(self.images.labels)):
            places = np.flatnonzero(labels == number)
            wanted = int((self.images.val.labels == number).sum())
            parts.append(random.choice(places, wanted, replace=wanted > len(places)))
        return np.concatenate(parts)

    @property
    def answers(self) -> Any:
        """The held-out labels in the order of the reference and of what is made: label by label."""
        return np.sort(self.images.val.labels, kind="stable")

    def made(self, maker: Maker, counts: Any) -> Images:
        """So many images of each label, label by label."""
        parts = [maker(name, int(count), self.seed) for name, count in zip(self.images.labels, counts, strict=True)]
        labels = np.repeat(np.arange(len(counts)), [len(part) for part in parts])
        return Images(np.concatenate(parts), labels)

    def picture_rows(self, name: str, maker: Maker) -> Iterator[Row]:
        """Fidelity, diversity and privacy of a maker: a row for the whole, and one for each label.

        Raises:
            RequestError: It makes too few images of a label.
        """
        self.told(f"pictures of {name}")
        counts = np.bincount(self.images.val.labels, minlength=len(self.images.labels))
        made = self.made(maker, counts)
        self._complete(name, made, counts)
        self.told(f"features of {name}")
        yield from self._rows(name, made, cached_features(made.images, self.cache))

    def _complete(self, name: str, made: Images, counts: Any) -> None:
        """Figures of unequal numbers cannot be compared.

        Raises:
            RequestError: There are too few images of a label.
        """
        for number, wanted in enumerate(counts):
            found = len(made.of(number))
            if found < wanted:
                label = f"{self.images.name}/{self.images.labels[number]}"
                raise RequestError(f"{name} has {found} images of {label}; give at least {wanted}.")

    def real_rows(self) -> Iterator[Row]:
        """The same of real training images in the place of generated ones."""
        images, labels = self.train.images[self.reference], self.images.train.labels[self.reference]
        yield from self._rows(REAL, Images(images, labels), self.train.features[self.reference])

    def _rows(self, name: str, made: Images, features: Features) -> Iterator[Row]:
        order = np.argsort(self.images.val.labels, kind="stable")
        held_out, reference = self.held_out.features[order], self.train.features[self.reference]
        for number, label in [(None, "all"), *enumerate(self.images.labels)]:
            chosen = np.full(len(made.labels), True) if number is None else made.labels == number
            same = np.full(len(order), True) if number is None else self.answers == number
            if same.sum() < FEWEST:
                continue
            row: Row = {"dataset": self.images.name, "model": name, "label": label}
            row |= asdict(fidelity(features[chosen], held_out[same], reference[same]))
            row["ms_ssim"] = diversity(made.images[chosen], made.labels[chosen], seed=self.seed)
            if number is None and name != REAL:
                row |= asdict(privacy(Featured(made.images, features), self.train, self.held_out))
            yield row

    def utility_rows(self, name: str, maker: Maker | None) -> Iterator[Row]:
        """Accuracy and AUC on held-out real images after training on a maker's, and on them with the real ones."""
        real, labels = to_tensor(self.images.train.images), torch.from_numpy(self.images.train.labels)
        sets = {"real": (real, labels)}
        if maker:
            made = self.made(maker, np.bincount(self.images.train.labels, minlength=len(self.images.labels)))
            pictures, numbers = to_tensor(made.images), torch.from_numpy(made.labels)
            both = torch.cat([real, pictures]), torch.cat([labels, numbers])
            sets = {"synthetic": (pictures, numbers), "both": both}
        held_out, answers = to_tensor(self.images.val.images), torch.from_numpy(self.images.val.labels)
        for trained_on, (images, answers_to) in sets.items():
            self.told(f"classifier on {trained_on} images of {name}")
            found = utility(images, answers_to, held_out, answers, SHOWN_EACH * len(labels), SEEDS)
            yield {"dataset": self.images.name, "model": name, "trained_on": trained_on, **asdict(found)}


def makers(dataset: str, models: list[str], files: list[str], folder: Path | None) -> dict[str, Maker]:
    """By name: every trained family where neither models nor files are named, and each NAME=FILE.npz.

    Raises:
        RequestError: A file is not given as NAME=FILE.npz.
    """
    found: dict[str, Maker] = {name: ModelMaker(dataset, name, folder) for name in models}
    if not models and not files:
        found = {name: ModelMaker(dataset, name, folder) for name in FAMILIES}
    for text in files:
        name, mark, path = text.partition("=")
        if not mark or not path:
            raise RequestError(f"{text} does not say what it is; give NAME=FILE.npz.")
        found[name] = FileMaker(Path(path), dataset)
    return found


def evaluated(evaluation: Evaluation, of: dict[str, Maker], axes: str = "both") -> dict[str, Any]:
    """The rows of `fidelity` and of `utility`, the real images first in each.

    Raises:
        GeneratorError: A model or the Inception network cannot be used.
    """
    result: dict[str, Any] = {"dataset": evaluation.images.name, "seed": evaluation.seed}
    if axes != "utility":
        result["fidelity"] = [*evaluation.real_rows()]
        for name, maker in of.items():
            result["fidelity"] += evaluation.picture_rows(name, maker)
    if axes != "fidelity":
        result["utility"] = [*evaluation.utility_rows(REAL, None)]
        for name, maker in of.items():
            result["utility"] += evaluation.utility_rows(name, maker)
    return result
