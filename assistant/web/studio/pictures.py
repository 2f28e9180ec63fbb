"""What the studio makes: marked pictures as they come, archives of them, and the way from one picture to another."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generators.images.synthetic import Provenance, to_dicom, to_png

if TYPE_CHECKING:
    from generators.images.synthesis import Request

MOST = 16  # pictures at once
FRAMES = 8
FRAME_SECONDS = 0.18


@dataclass(frozen=True)
class Made:
    """A generated picture: uint8 [128,128], not marked yet, and where it comes from."""

    pixels: NDArray[np.uint8]
    provenance: Provenance

    @property
    def png(self) -> bytes:
        """As a marked PNG."""
        return to_png(self.pixels, self.provenance)

    @property
    def dicom(self) -> bytes:
        """As a marked DICOM file."""
        return to_dicom(self.pixels, self.provenance)

    @property
    def name(self) -> str:
        """As its file is called, without the ending."""
        of = self.provenance
        return f"{of.dataset}_{of.label}_{of.model}_{of.seed}_{of.number:05d}"


def pictures(request: Request) -> Iterator[list[Made]]:
    """Every picture so far, each time that some have come; the first comes alone.

    Raises:
        GeneratorError: The request cannot be met.
    """
    from generators.images.synthesis import generate
    from generators.images.writing import provenance

    made: list[Made] = []
    for portion in generate(request):
        made = made + [Made(pixels, provenance(request, len(made) + place)) for place, pixels in enumerate(portion)]
        yield made


def way(request: Request) -> Iterator[list[Made]]:
    """Every frame so far of the way from the first picture of a seed to the second.

    Raises:
        GeneratorError: The request cannot be met.
    """
    from generators.images.synthesis import interpolate
    from generators.images.writing import provenance

    frames: list[Made] = []
    for portion in interpolate(request, FRAMES):
        of = provenance(request, 0)
        frames = [*frames, Made(portion[0], replace(of, model=f"{of.model}, interpolated", number=len(frames)))]
        yield frames


def archive(made: Sequence[Made], dicom: bool) -> bytes:
    """Pictures as a ZIP of PNG or of DICOM files."""
    stream = BytesIO()
    with ZipFile(stream, "w") as file:
        for picture in made:
            content, ending = (picture.dicom, "dcm") if dicom else (picture.png, "png")
            file.writestr(f"{picture.name}.{ending}", content)
    return stream.getvalue()


def film(frames: Sequence[bytes]) -> bytes:
    """Marked PNGs as one that moves there and back without end, with the words of the first in its file."""
    images = [Image.open(BytesIO(frame)) for frame in (*frames, *frames[-2:0:-1])]
    text, stream = PngInfo(), BytesIO()
    for keyword, value in images[0].info.items():
        text.add_text(str(keyword), str(value))
    images[0].save(
        stream,
        "PNG",
        save_all=True,
        append_images=images[1:],
        duration=round(1000 * FRAME_SECONDS),
        loop=0,
        pnginfo=text,
    )
    return stream.getvalue()


def inline(png: bytes) -> str:
    """A PNG as an address that holds it: the page shows it, and no file of it lies on the server."""
    return f"data:image/png;base64,{b64encode(png).decode()}"
