"""The analyst: what the classifier sees in a picture, how sure it is, and where it looked. It is not a diagnosis.

A picture that is unlike those that the classifier learned from gets no finding: its features lie too far from theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generators import weights
from generators.errors import PictureError
from generators.images import trained
from generators.images.atlas import Label, to_tensor
from generators.images.pictures import SIDE, Picture, read_picture, to_square
from generators.images.reader import Reader

UNFAMILIAR = "This picture is unlike the chest X-rays, chest CTs and brain MRIs that the classifier knows: no finding."
NOT_A_DIAGNOSIS = "This is what a small classifier sees, not a diagnosis; a radiologist decides."
HEAT = (255, 106, 0)
STRONGEST = 0.65  # how much of the picture the heat hides at most


@dataclass(frozen=True)
class Analysis:
    """What was seen.

    Attributes:
        familiar: Whether the picture is like those that the classifier learned from; if not, there are no findings.
        strangeness: How far it is from them, as a share of the limit: above 1 it is not familiar.
        dataset: The kind of examination.
        findings: Each of its labels with a calibrated probability, the most probable first.
        saliency: Where it looked for the first finding, [128,128] in 0..1.
        pixels: The picture as the classifier saw it, uint8 [128,128].
        synthetic: Whether it is marked as generated.
    """

    familiar: bool
    strangeness: float
    dataset: str
    findings: tuple[tuple[Label, float], ...]
    saliency: npt.NDArray[np.float32]
    pixels: npt.NDArray[np.uint8]
    synthetic: bool

    @property
    def sentence(self) -> str:
        """The whole in one or two sentences."""
        if not self.familiar:
            return UNFAMILIAR
        label, probability = self.findings[0]
        made = " The picture is marked as synthetic." if self.synthetic else ""
        return f"{label.words}: {probability:.0%}.{made} {NOT_A_DIAGNOSIS}"


def analyse(source: Path | bytes, name: str = "the picture") -> Analysis:
    """Read a PNG, JPEG or DICOM picture and say what is seen in it.

    Raises:
        PictureError: It cannot be read.
        ModelFilesError: The classifier's files cannot be used.
    """
    return analyse_picture(read_picture(source, name))


def analyse_picture(picture: Picture) -> Analysis:
    """The same for a picture that has been read.

    Raises:
        PictureError: It is of one gray.
        ModelFilesError: The classifier's files cannot be used.
    """
    pixels = to_square(picture.pixels)
    if pixels.std() < 1:
        raise PictureError("The picture is of one gray; choose one that shows something.")
    tensor, (reader, labels) = to_tensor(pixels[None]), _reader()
    with torch.no_grad():
        views = reader.views(tensor)
        strange = float(reader.familiarity(views))
        logits = reader.last(views[0])
        group = int(reader.examination(logits))
        odds = reader.probabilities(logits, group)[0]
    places = [place for place, of in enumerate(reader.group_of.tolist()) if of == group]
    named = [(labels[place], float(odd)) for place, odd in zip(places, odds, strict=True)]
    found = sorted(named, key=lambda pair: -pair[1])
    familiar = strange <= 1
    saliency = _saliency(reader, tensor, labels.index(found[0][0]))
    return Analysis(
        familiar, strange, found[0][0].dataset, tuple(found) if familiar else (), saliency, pixels, picture.synthetic
    )


def heated(pixels: npt.NDArray[np.uint8], saliency: npt.NDArray[np.float32]) -> Image.Image:
    """A picture [H,W] under the map [H,W] in 0..1 of where the classifier looked."""
    share = STRONGEST * saliency[..., None]
    mixed = pixels[..., None] * (1 - share) + np.array(HEAT) * share
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _saliency(reader: Reader, tensor: Tensor, target: int) -> npt.NDArray[np.float32]:
    """Grad-CAM on the maps before the last (Selvaraju et al. 2017, arXiv 1610.02391), [128,128] in 0..1."""
    from captum.attr import LayerGradCam

    maps: Tensor = LayerGradCam(reader, reader.middle).attribute(tensor, target=target, relu_attributions=True)
    large = functional.interpolate(maps.detach().float(), (SIDE, SIDE), mode="bilinear")[0, 0]
    shown: npt.NDArray[np.float32] = (large / large.max().clamp(min=1e-8)).numpy()
    return shown


@cache
def _reader() -> tuple[Reader, tuple[Label, ...]]:
    folder = trained.folder_of("reader")
    return weights.load(Reader, folder), trained.labels(folder)
