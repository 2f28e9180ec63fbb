"""Generated pictures are marked: in their pixels, in PNG text, and in DICOM that pydicom finds no fault with."""

from __future__ import annotations

import warnings
from io import BytesIO

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from generators.images.pictures import read_picture
from generators.images.synthetic import Provenance, is_synthetic_dicom, is_synthetic_png, mark, to_dicom, to_png

PROVENANCE = Provenance("chest_xray", "viral_pneumonia", "diffusion", seed=7, number=3, weights="0123abcd")
TYPE_1 = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "ConversionType"),
    *("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "PixelData"),
)
TYPE_2 = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName"),
    *("StudyID", "AccessionNumber", "SeriesNumber", "InstanceNumber", "PatientOrientation"),
)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(40, 200, (128, 128), dtype=np.uint8)


def dicom(content: bytes) -> pydicom.FileDataset:
    return pydicom.dcmread(BytesIO(content))


def test_the_mark_is_a_strip_at_the_bottom_left(pixels: np.ndarray) -> None:
    before = pixels.copy()
    marked = mark(pixels)
    rows, columns = np.nonzero(marked != before)
    assert (pixels == before).all() and marked.shape == before.shape and marked.dtype == np.uint8
    assert rows.min() >= 116 and columns.max() < 80
    assert marked[117:, :60].max() > 230 and marked[117:, :60].min() == 0


@pytest.mark.parametrize("side", [32, 512])
def test_the_mark_grows_with_the_picture(side: int) -> None:
    rows, columns = np.nonzero(mark(np.full((side, side), 100, np.uint8)) != 100)
    assert 7 <= np.ptp(rows) <= max(12, side // 10)
    assert np.ptp(columns) >= min(side - 1, 0.4 * side)


def test_png_says_what_it_is(pixels: np.ndarray) -> None:
    image = Image.open(BytesIO(to_png(pixels, PROVENANCE)))
    assert image.format == "PNG" and image.info["Software"] == "Airmed" and image.info["Synthetic"] == "true"
    assert "not for diagnosis" in image.info["Description"]
    told = [image.info[key] for key in ("Dataset", "Label", "Model", "Seed", "Number", "Weights")]
    assert told == ["chest_xray", "viral_pneumonia", "diffusion", "7", "3", "0123abcd"]
    assert (np.asarray(image) == mark(pixels)).all()


def test_dicom_is_a_whole_secondary_capture(pixels: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = dicom(to_dicom(pixels, PROVENANCE))
        values = {element.keyword: element.value for element in dataset}
    assert dataset.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert dataset.file_meta.MediaStorageSOPClassUID == values["SOPClassUID"] == SecondaryCaptureImageStorage
    assert dataset.file_meta.MediaStorageSOPInstanceUID == values["SOPInstanceUID"]
    assert all(values[keyword] not in ("", None) for keyword in TYPE_1) and values.keys() >= set(TYPE_2)
    assert (dataset.pixel_array == mark(pixels)).all()


def test_dicom_says_what_it_is(pixels: np.ndarray) -> None:
    dataset = dicom(to_dicom(pixels, PROVENANCE))
    assert (dataset.SyntheticData, dataset.ConversionType, dataset.BurnedInAnnotation) == ("YES", "SYN", "YES")
    assert (dataset.PatientName, dataset.PatientID) == ("SYNTHETIC^IMAGE", "SYNTHETIC")
    assert list(dataset.ImageType) == ["DERIVED", "SECONDARY"] and dataset.ContentQualification == "RESEARCH"
    assert "not for diagnosis" in dataset.DerivationDescription
    assert all(word in dataset.ImageComments for word in ("viral_pneumonia", "diffusion", "seed 7", "0123abcd"))


def test_modality_and_identifiers(pixels: np.ndarray) -> None:
    names = ("chest_xray", "chest_ct", "brain_mri", "肺部")
    files = [dicom(to_dicom(pixels, Provenance(name, "结节", "vae", 0, 0, ""))) for name in names]
    assert [file.Modality for file in files] == ["DX", "CT", "MR", "OT"]
    assert [file.get("BodyPartExamined") for file in files] == ["CHEST", "CHEST", "BRAIN", None]
    assert "结节" in files[-1].ImageComments
    assert len({file.SOPInstanceUID for file in files}) == 4


def test_both_are_known_again(pixels: np.ndarray) -> None:
    for content in (to_png(pixels, PROVENANCE), to_dicom(pixels, PROVENANCE)):
        picture = read_picture(content)
        assert picture.synthetic and (picture.pixels == mark(pixels)).all()
    assert not is_synthetic_png({}) and not is_synthetic_png({"Software": "Airmed"})
    assert not is_synthetic_dicom(pydicom.Dataset())
