"""What can go wrong in the model layer; each is one sentence that says what to do.

GeneratorError
├── PictureError        a picture or DICOM file cannot be read
├── StructureError      a molecule is no valid structure, or none that the models can read
├── HazardError         a weapon, an explosive or a controlled drug was asked for
├── DatasetError        a dataset does not exist or is not of the form
├── RequestError        something was asked for that no model gives: an unknown label, a million pictures
├── RecordError         a patient's record has a field that cannot be so
└── ModelFilesError     trained weights are missing or altered
"""

from __future__ import annotations

from typing import Any

from knowledge.errors import AirmedError


class GeneratorError(AirmedError):
    """The model layer cannot do what was asked."""


class PictureError(GeneratorError):
    """A picture or DICOM file cannot be read."""


class DatasetError(GeneratorError):
    """A dataset does not exist or is not of the form."""


class RequestError(GeneratorError):
    """Something was asked for that no model gives."""


class RecordError(GeneratorError):
    """A patient's record has a field that cannot be so; the message names it."""


class ModelFilesError(GeneratorError):
    """Trained weights are missing or altered."""


class StructureError(GeneratorError):
    """A molecule is no valid structure, or none that the models can read."""


class HazardError(GeneratorError):
    """A weapon, an explosive or a controlled drug was asked for.

    Attributes:
        hazard: Its class (`generators.molecules.hazards.Hazard`).
    """

    def __init__(self, message: str, hazard: Any) -> None:
        super().__init__(message)
        self.hazard = hazard
