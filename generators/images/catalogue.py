"""What is known of the datasets that Airmed trains on: `datasets.yaml`, read once and checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

CATALOGUE = Path(__file__).with_name("datasets.yaml")


class Description(BaseModel):
    """One dataset: what its pictures show, where they come from, and how DICOM calls such pictures.

    Attributes:
        file: Name of its `.npz`.
        modality: Words for the kind of picture, the one that Airmed writes first.
        projection: Words for the direction of view, likewise.
        dicom_modality: DICOM's Modality (0008,0060).
        body_part: DICOM's Body Part Examined (0018,0015).
        labels: Names in the order of the numbers in the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    file: str
    modality: tuple[str, ...] = Field(min_length=1)
    projection: tuple[str, ...] = Field(min_length=1)
    dicom_modality: Literal["DX", "CT", "MR"]
    body_part: str
    labels: tuple[str, ...] = Field(min_length=2)
    source: str
    licence: str


@cache
def known() -> dict[str, Description]:
    """Every dataset that Airmed trains on, by name."""
    rows = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Description]).validate_python(rows)
