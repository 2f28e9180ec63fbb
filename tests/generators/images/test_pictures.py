"""Pictures of every format come in as grey levels, and whatever is wrong with a file is one sentence."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.pixels.utils import set_pixel_data
from pydicom.uid import SecondaryCaptureImageStorage, generate_uid

from generators.errors import PictureError
from generators.images.pictures import Picture, read_picture, to_square
from generators.images.synthetic import Provenance, to_dicom, to_png

RAMP = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (24, 1))  # [24,32]: the brightest is at the right
PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(16, 40), st.integers(16, 40)))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def dicom(values: np.ndarray, shown: str = "MONOCHROME2", bits: int = 0, **attributes: Any) -> bytes:
    dataset = pydicom.Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    set_pixel_data(dataset, values, shown, bits or 8 * values.itemsize)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return saved(dataset)


def saved(dataset: pydicom.Dataset) -> bytes:
    stream = BytesIO()
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def shipped(name: str) -> Path:
    """One of the files that pydicom brings for tests."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    return Path(path)


def refusal(source: Path | bytes, name: str = "scan") -> str:
    with pytest.raises(PictureError) as caught:
        read_picture(source, name)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(source.name if isinstance(source, Path) else name)
    return message


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_formats(kind: str, mode: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.unknown"
    path.write_bytes(
        encoded(Image.fromarray(RAMP).convert(mode), kind, **({"lossless": True} if kind == "WEBP" else {}))
    )
    picture = read_picture(path)
    assert np.abs(picture.pixels.astype(int) - RAMP).max() <= (2 if kind == "JPEG" else 0)
    assert picture.pixels.dtype == np.uint8 and not picture.synthetic and picture.patient == ""


def test_sixteen_bits_become_eight() -> None:
    wide = RAMP.astype(np.uint16) * 257
    for kind in ("PNG", "TIFF"):
        assert (read_picture(encoded(Image.fromarray(wide), kind)).pixels == RAMP).all()


def test_numbers_without_a_range_are_stretched() -> None:
    values = RAMP.astype(np.float32) / 1000 - 3
    values[0, 0] = np.nan
    pixels = read_picture(encoded(Image.fromarray(values), "TIFF")).pixels
    assert (pixels[1, 0], pixels[1, -1]) == (0, 255)
    assert read_picture(encoded(Image.fromarray(np.full((20, 20), 7.0, np.float32)), "TIFF")).pixels.max() == 0


def test_transparent_is_black() -> None:
    alpha = np.full_like(RAMP, 255)
    alpha[:, :16] = 0
    pixels = read_picture(encoded(Image.merge("LA", [Image.fromarray(RAMP), Image.fromarray(alpha)]))).pixels
    assert (pixels[:, :16] == 0).all() and (pixels[:, 16:] == RAMP[:, 16:]).all()
    white = Image.new("P", (20, 20))
    white.putpalette([255, 255, 255])
    assert read_picture(encoded(white, transparency=0)).pixels.max() == 0


def test_a_camera_held_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the file's first row is the right edge
    pixels = read_picture(encoded(Image.fromarray(RAMP), exif=exif)).pixels
    assert (pixels == np.rot90(RAMP, -1)).all()


def test_a_dicom_file_of_any_name(tmp_path: Path) -> None:
    path = tmp_path / "IM0001"
    path.write_bytes(dicom(RAMP, PatientID=" P7 "))
    picture = read_picture(path)
    assert (picture.pixels == RAMP).all() and picture.patient == "P7" and not picture.synthetic


@pytest.mark.parametrize(
    ("attributes", "row"),
    [
        ({}, [0, 85, 170, 255]),
        ({"RescaleSlope": 1, "RescaleIntercept": -1024}, [0, 85, 170, 255]),
        ({"RescaleSlope": -1, "RescaleIntercept": 0}, [255, 170, 85, 0]),
        ({"WindowCenter": 1500.5, "WindowWidth": 1001}, [0, 0, 255, 255]),
        ({"WindowCenter": [1500.5, 9], "WindowWidth": [3001, 9]}, [0, 85, 170, 255]),
        (
            {"RescaleSlope": 2, "RescaleIntercept": -1000, "WindowCenter": 2000.5, "WindowWidth": 6001},
            [0, 85, 170, 255],
        ),
        ({"WindowCenter": 1500, "WindowWidth": 2000, "VOILUTFunction": "SIGMOID"}, [12, 69, 186, 243]),
        ({"WindowCenter": 1500, "WindowWidth": 0}, [0, 85, 170, 255]),
        ({"WindowCenter": None, "WindowWidth": None}, [0, 85, 170, 255]),
    ],
)
@pytest.mark.parametrize("shown", ["MONOCHROME2", "MONOCHROME1"])
def test_dicom_is_read_as_it_is_shown(attributes: dict[str, Any], row: list[int], shown: str) -> None:
    stored = np.repeat(np.tile(np.array([0, 1000, 2000, 3000], np.uint16), (16, 1)), 4, axis=1)
    pixels = read_picture(dicom(stored, shown, bits=12, **attributes)).pixels[0, ::4].astype(int)
    assert np.abs(pixels - (row if shown == "MONOCHROME2" else 255 - np.array(row))).max() <= 1


def test_a_table_of_grey_levels() -> None:
    table = pydicom.Dataset()
    table.LUTDescriptor, table.LUTData = [4, 0, 16], [0, 65535, 0, 32768]
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    stored = np.tile(np.array([0, 1, 2, 3], np.uint8), (16, 4))
    assert read_picture(dicom(stored, VOILUTSequence=[table])).pixels[0, :4].tolist() == [0, 255, 0, 128]


def test_colour_and_frames() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    assert np.unique(read_picture(dicom(red, "RGB")).pixels).tolist() == [76]
    frames = np.stack([np.full((16, 16), level, np.uint8) for level in (10, 20, 30)])
    assert np.unique(read_picture(dicom(frames)).pixels).tolist() == [20]


def test_files_from_scanners() -> None:
    ct = read_picture(shipped("CT_small.dcm"))
    assert ct.pixels.shape == (128, 128) and (ct.pixels.min(), ct.pixels.max()) == (0, 255) and ct.patient == "1CT1"
    one = read_picture(shipped("MR_small.dcm")).pixels
    for name in ("MR_small_RLE.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm"):
        assert (read_picture(shipped(name)).pixels == one).all()
    assert np.ptp(read_picture(shipped("examples_palette.dcm")).pixels) > 200


def test_old_dicom_without_a_header() -> None:
    content = shipped("MR_small_implicit.dcm").read_bytes()
    first = (
        content.index(b"\x08\0\x05\0") if b"\x08\0\x05\0" in content[132:600] else content.index(b"\x08\0\x08\0", 132)
    )
    assert (read_picture(content[first:]).pixels == read_picture(content).pixels).all()


def test_generated_pictures_are_known() -> None:
    provenance = Provenance("chest_ct", "benign", "gan", 1, 2, "ff")
    assert read_picture(to_png(RAMP, provenance)).synthetic and read_picture(to_dicom(RAMP, provenance)).synthetic


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has hardly any pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (header, b"IDAT" + zlib.compress(bytes(99)))
    packed = (struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def without_pixels() -> bytes:
    dataset = pydicom.dcmread(BytesIO(dicom(RAMP)))
    del dataset.PixelData
    return saved(dataset)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: b"", "is empty"),
        (lambda: b"a" * 20_000_001, "at most 20 MB"),
        (lambda: b"%PDF-1.7 not a picture", "is not a PNG, JPEG"),
        (lambda: encoded(Image.fromarray(RAMP), "GIF"), "is not a PNG, JPEG"),
        (lambda: encoded(Image.fromarray(RAMP[:15])), "at least 16x16"),
        (lambda: png_header(10_000, 5_001), "at most 50 megapixels"),
        (lambda: png_header(60_000, 60_000), "at most 50 megapixels"),
        (lambda: encoded(Image.fromarray(RAMP))[:-30], "damaged or cut off"),
        (lambda: dicom(RAMP)[:-99], "damaged or cut off"),
        (lambda: dicom(RAMP)[:300], "holds no pixel data"),
        (lambda: dicom(RAMP[:9]), "at least 16x16"),
        (lambda: dicom(RAMP, Rows=9_000, Columns=9_000), "at most 50 megapixels"),
        (without_pixels, "holds no pixel data"),
        (lambda: shipped("image_dfl.dcm").read_bytes(), "deflated"),
        (lambda: shipped("MR_small_jpeg_ls_lossless.dcm").read_bytes(), "cannot be decompressed (JPEG-LS"),
        (lambda: shipped("JPEG-lossy.dcm").read_bytes(), "cannot be decompressed (JPEG Extended"),
    ],
)
def test_what_cannot_be_read(make: Callable[[], bytes], words: str) -> None:
    assert words in refusal(make())


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.png", tmp_path, tmp_path / ("a" * 5_000)):
        assert "is not a file" in refusal(path)


@given(
    st.sampled_from([b"", b"\x08\0", b"\x02\0\0\0", b"\x89PNG\r\n\x1a\n", b"II*\0", b"BM", b"RIFF", b"\xff\xd8\xff"]),
    st.binary(),
)
def test_random_bytes(start: bytes, rest: bytes) -> None:
    refusal(start + rest)
    refusal(bytes(128) + b"DICM" + start + rest)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["PNG", "JPEG", "TIFF", "WEBP", "DICOM"]), st.integers(0, 2_000), st.binary(min_size=1, max_size=9)
)
def test_damaged_files(kind: str, place: int, damage: bytes) -> None:
    whole = dicom(RAMP) if kind == "DICOM" else encoded(Image.fromarray(RAMP), kind)
    place %= len(whole)
    try:
        picture = read_picture(whole[:place] + damage + whole[place + len(damage) :])
        assert isinstance(picture, Picture) and picture.pixels.dtype == np.uint8 and picture.pixels.ndim == 2
    except PictureError as error:
        assert "\n" not in str(error)


@settings(max_examples=30, deadline=None)
@given(PICTURES)
def test_round_trips(pixels: np.ndarray) -> None:
    image = Image.fromarray(pixels)
    for content in (encoded(image), encoded(image, "TIFF"), encoded(image, "BMP"), dicom(pixels)):
        assert (read_picture(content).pixels == pixels).all()
    assert (255 - read_picture(dicom(pixels, "MONOCHROME1")).pixels == pixels).all()


def test_to_square() -> None:
    wide = np.zeros((40, 100), np.uint8)
    wide[:, 30:70] = 200
    assert (to_square(wide) == 200).all() and to_square(wide).shape == (128, 128)
    assert (to_square(wide.T, 20) == 200).all()
    same = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
    assert (to_square(same) == same).all() and to_square(same).flags.writeable
