"""Write generated pictures: marked PNG or DICOM files in a folder, or the bare arrays in an `.npz`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from generators import weights
from generators.errors import RequestError
from generators.images import trained
from generators.images.datasets import write_arrays
from generators.images.synthesis import Pixels, Request, generate
from generators.images.synthetic import Provenance, to_dicom, to_png


def provenance(request: Request, number: int) -> Provenance:
    """Where picture `number` of a request comes from."""
    label = request.label_of(number)
    version = weights.fingerprint(trained.folder_of(request.model, request.models))
    return Provenance(label.dataset, label.finding, request.model, request.seed, number, version)


def write(request: Request, out: Path, dicom: bool = False) -> int:
    """Write what a request asks for, with a progress bar, and say how many.

    An `.npz` holds `images` uint8 [N,128,128] and `labels`, unmarked, as it is data for models and not a picture to
    look at; its `synthetic` says what it is.

    Raises:
        GeneratorError: The request cannot be met.
        RequestError: The place cannot be written.
    """
    if request.findings and out.suffix == ".npz" and dicom:
        raise RequestError("An .npz holds no DICOM; give a folder with --dicom.")
    try:
        return _write_arrays(request, out) if out.suffix == ".npz" else _write_files(request, out, dicom)
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from error


def _made(request: Request) -> Iterator[Pixels]:
    with tqdm(total=request.count, unit="img", desc=request.model) as bar:
        for portion in generate(request):
            yield portion
            bar.update(len(portion))


def _write_arrays(request: Request, out: Path) -> int:
    out.parent.mkdir(parents=True, exist_ok=True)  # what cannot be made is told before the work
    images = np.concatenate(list(_made(request)))
    labels = np.array([request.label_of(number).finding for number in range(len(images))])
    write_arrays(out, {"images": images, "labels": labels, "synthetic": np.array(True)})
    return len(images)


def _write_files(request: Request, out: Path, dicom: bool) -> int:
    out.mkdir(parents=True, exist_ok=True)
    encode, ending, number = (to_dicom, "dcm", 0) if dicom else (to_png, "png", 0)
    for portion in _made(request):
        for pixels in portion:
            of = provenance(request, number)
            name = f"{of.dataset}_{of.label}_{of.model}_{of.seed}_{number:05d}.{ending}"
            (out / name).write_bytes(encode(pixels, of))
            number += 1
    return number
