"""One picture as a model needs it: grey, 8 bit, read from whatever the hospital or the user has.

PNG, JPEG, BMP, TIFF and WebP are read by Pillow, DICOM by pydicom; a file is known by its content, never by its name.
What cannot be read is a `PictureError` with one sentence, whatever is wrong with the file.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

from generators.errors import PictureError
from generators.images.synthetic import is_synthetic_dicom, is_synthetic_png

if TYPE_CHECKING:
    from pydicom import Dataset, FileDataset

SIDE = 128  # pixels of what the models read and write
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
KINDS = "PNG, JPEG, BMP, TIFF, WebP or DICOM"
MAX_BYTES, MAX_PIXELS, MIN_SIDE = 20_000_000, 50_000_000, 16
DEFLATED = b"1.2.840.10008.1.2.1.99"  # DICOM whose whole content is compressed, and can expand a thousandfold
BEYOND = 1e9  # darker or brighter than any stored value


@dataclass(frozen=True)
class Picture:
    """A picture as it was read.

    Attributes:
        pixels: [H,W] in the file's own size, 0 black to 255 white.
        synthetic: The file says of itself that it was generated.
        patient: DICOM's Patient ID; empty for other files.
    """

    pixels: NDArray[np.uint8]
    synthetic: bool
    patient: str


def read_picture(source: Path | bytes, name: str = "the picture") -> Picture:
    """Read one picture for a model; a file goes by its own name in messages, bytes by `name`.

    16 bits become 8, and what is transparent is black. DICOM is read as a viewer shows it: rescaled, in its first
    window, MONOCHROME1 inverted; of several frames the middle one.

    Raises:
        PictureError: It is absent, damaged or in another format, over 20 MB or 50 megapixels, or under 16x16 pixels.
    """
    if isinstance(source, Path):
        name = source.name
    content = _content(source, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of slips in a file that can be read all the same
            return _dicom(content, name) if _is_dicom(content) else _raster(content, name)
    except PictureError:
        raise
    except Exception as error:  # what is wrong with a file comes as an error of any class from the decoders
        raise PictureError(f"{name} is damaged or cut off; copy or export it again.") from error


def to_square(pixels: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """The central square of a picture [H,W], resampled to [side,side]."""
    height, width = pixels.shape
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = Image.fromarray(pixels[top : top + edge, left : left + edge])
    return np.array(square.resize((side, side), Image.Resampling.LANCZOS))


def _content(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, Path) and not os.path.isfile(source):  # is_file() raises for a name that is too long
        raise PictureError(f"{name} is not a file; give a {KINDS} file.")
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > MAX_BYTES:
            raise PictureError(f"{name} has {size / 1e6:.0f} MB; give a picture of at most {MAX_BYTES / 1e6:.0f} MB.")
        content = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise PictureError(f"{name} cannot be opened; see whether you may read it.") from error
    if not content:
        raise PictureError(f"{name} is empty; copy or export it again.")
    return content


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{name} has {width}x{height} pixels; reduce it to at most {MAX_PIXELS / 1e6:.0f} megapixels."
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"{name} has {width}x{height} pixels; give one of at least {MIN_SIDE}x{MIN_SIDE}.")


def _raster(content: bytes, name: str) -> Picture:
    try:
        image: Image.Image = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PictureError(f"{name} is not a {KINDS} file, or is damaged; convert or export it again.") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name} is too large; reduce it to at most {MAX_PIXELS / 1e6:.0f} megapixels.") from error
    _check_size(image.width, image.height, name)
    image.load()
    return Picture(_grey(ImageOps.exif_transpose(image)), is_synthetic_png(image.info), "")


def _grey(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I;16"):
        return _scaled(np.asarray(image), 0, 65_535)
    if image.mode in ("I", "F"):
        return _stretched(np.asarray(image))
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        return np.array(ImageChops.multiply(layered.convert("L"), layered.getchannel("A")))
    return np.array(image.convert("L"))


def _scaled(values: NDArray[Any], darkest: float, brightest: float) -> NDArray[np.uint8]:
    """Values from `darkest` to `brightest` to 0..255."""
    shares = values.astype(np.float32)  # in place from here: 50 megapixels are 200 MB of these
    shares -= darkest
    shares *= 255 / ((float(brightest) - float(darkest)) or 1.0)
    np.nan_to_num(shares, copy=False)
    return np.rint(np.clip(shares, 0, 255, out=shares), out=shares).astype(np.uint8)


def _stretched(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Values from the least to the greatest of them to 0..255."""
    finite = values[np.isfinite(values)]
    return _scaled(values, finite.min(), finite.max())


def _is_dicom(content: bytes) -> bool:
    """Whether it has DICOM's magic word, or starts, as old files do, with an element of the groups 2 or 8."""
    return content[128:132] == b"DICM" or content[:2] in (b"\x02\0", b"\x08\0")


def _dicom(content: bytes, name: str) -> Picture:
    from pydicom import dcmread

    if DEFLATED in content:
        raise PictureError(f"{name} is deflated DICOM, which is not read; export it as Explicit VR Little Endian.")
    dataset = dcmread(BytesIO(content), force=True)
    if "PixelData" not in dataset:
        raise PictureError(f"{name} holds no pixel data, as a report does or a file cut off; export the image itself.")
    _check_size(dataset.Columns, dataset.Rows, name)
    pixels = _as_shown(_decoded(dataset, name), dataset)
    return Picture(pixels, is_synthetic_dicom(dataset), str(dataset.get("PatientID") or "").strip())


def _decoded(dataset: FileDataset, name: str) -> NDArray[Any]:
    """The middle frame as it is stored: [H,W] or [H,W,3]."""
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if "TransferSyntaxUID" not in dataset.file_meta:  # an old file that starts with its second group
        implicit, _ = dataset.original_encoding
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    try:
        return pixel_array(dataset, index=int(dataset.get("NumberOfFrames") or 1) // 2)
    except (RuntimeError, NotImplementedError) as error:  # no decoder, or not one for this kind of it
        how = dataset.file_meta.TransferSyntaxUID.name
        raise PictureError(f"{name} cannot be decompressed ({how}); export it uncompressed or as PNG.") from error


def _as_shown(values: NDArray[Any], dataset: Dataset) -> NDArray[np.uint8]:
    """Stored values [H,W] or [H,W,3] as grey levels on a screen."""
    from pydicom.pixels.processing import apply_color_lut, apply_modality_lut

    bits = dataset.BitsStored
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        values = apply_color_lut(values, dataset)[..., :3]
        bits = 8 * values.itemsize
    if values.ndim == 3:
        return np.array(Image.fromarray(_scaled(values, 0, 2**bits - 1)).convert("L"))
    grey = _windowed(apply_modality_lut(values, dataset), dataset)
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey


def _windowed(values: NDArray[Any], dataset: Dataset) -> NDArray[np.uint8]:
    """By the file's lookup table, else in its first window, else as they are when of 8 bits, else from end to end."""
    from pydicom.pixels.processing import apply_voi, apply_windowing

    if dataset.get("VOILUTSequence"):
        depth = dataset.VOILUTSequence[0].LUTDescriptor[2]
        return _scaled(apply_voi(values, dataset), 0, 2**depth - 1)
    window = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    if None not in window and np.ravel(window[1])[0] >= 1:
        darkest, brightest = apply_windowing(np.array([-BEYOND, BEYOND]), dataset)
        return _scaled(apply_windowing(values, dataset), darkest, brightest)
    return values if values.dtype == np.uint8 and dataset.BitsStored == 8 else _stretched(values)
