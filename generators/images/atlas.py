"""Several datasets as one: a model knows the labels of all the examinations that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from generators.errors import RequestError
from generators.images.catalogue import known
from generators.images.datasets import ImageSet, load


@dataclass(frozen=True)
class Label:
    """A finding in an examination, such as `chest_xray/normal`."""

    dataset: str
    finding: str

    @property
    def text(self) -> str:
        """As it is written in files."""
        return f"{self.dataset}/{self.finding}"

    @property
    def words(self) -> str:
        """As people say it, such as "chest X-ray, bacterial pneumonia"."""
        described = known().get(self.dataset)
        kind = described.modality[0] if described else self.dataset.replace("_", " ")
        return f"{kind}, {self.finding.replace('_', ' ')}"

    @classmethod
    def parse(cls, text: str) -> Label:
        """A label from a file.

        Raises:
            ValueError: It has no dataset.
        """
        dataset, finding = str(text).rsplit("/", 1)
        return cls(dataset, finding)


@dataclass(frozen=True)
class Atlas:
    """The datasets that one model learns; a label's number is its place in `labels`."""

    sets: tuple[ImageSet, ...]

    @property
    def labels(self) -> tuple[Label, ...]:
        """Every finding of every dataset."""
        return tuple(Label(one.name, finding) for one in self.sets for finding in one.labels)

    @property
    def groups(self) -> tuple[int, ...]:
        """For each label the number of its dataset."""
        return tuple(number for number, one in enumerate(self.sets) for _ in one.labels)

    def images(self, split: str) -> Tensor:
        """The pictures of a split, [N,1,128,128] in -1..1."""
        return to_tensor(np.concatenate([one.splits[split].images for one in self.sets]))

    def numbers(self, split: str) -> Tensor:
        """Their labels, [N]."""
        starts = np.cumsum([0, *(len(one.labels) for one in self.sets)])
        parts = [one.splits[split].labels + start for one, start in zip(self.sets, starts, strict=False)]
        return torch.from_numpy(np.concatenate(parts))

    def odds(self) -> Tensor:
        """How often each training picture is drawn, [N].

        A dataset is drawn as often as the square root of its size, and within it a finding as the root of its own, so
        that rare ones are learned too.
        """
        each = [_odds(torch.from_numpy(one.train.labels)) for one in self.sets]
        return torch.cat(each).float()


def _odds(labels: Tensor) -> Tensor:
    of_finding = labels.bincount()[labels].double() ** -0.5
    odds: Tensor = of_finding / of_finding.sum() * len(labels) ** 0.5
    return odds


def open_atlas(sources: Sequence[str], folder: Path | None = None) -> Atlas:
    """The datasets by name, file or folder; all of Airmed's own where none is named.

    Raises:
        DatasetError: One does not exist or is not of the form.
        RequestError: One is named twice.
    """
    if len(set(sources)) < len(sources):
        raise RequestError("A dataset is named twice; name each once.")
    return Atlas(tuple(load(source, folder) for source in sources or known()))


def to_tensor(images: npt.NDArray[np.uint8]) -> Tensor:
    """Pictures uint8 [N,S,S] as [N,1,S,S] in -1..1."""
    return torch.from_numpy(images).float()[:, None] / 127.5 - 1


def to_pixels(pictures: Tensor) -> npt.NDArray[np.uint8]:
    """Pictures [N,1,S,S] in about -1..1 as uint8 [N,S,S]."""
    pixels: npt.NDArray[np.uint8] = ((pictures[:, 0] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    return pixels
