"""A cohort of a few patients, and models trained on it for seconds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from generators.plans import recipes
from generators.plans.recipes import Run, train

TABLES = {
    "patients": ["patient", "birth", "death", "gender"],
    "conditions": ["patient", "onset", "abated", "code", "desc"],
    "medications": ["patient", "date", "status", "code", "desc", "reason"],
    "careplans": ["patient", "start", "end", "status", "desc", "activities"],
    "observations": ["patient", "date", "code", "desc", "value", "unit"],
    "allergies": ["patient", "date", "code", "desc"],
}
PATIENTS = 40


def write_cohort(folder: Path) -> Path:
    """Every second patient has diabetes with metformin and a diet, the others asthma with an inhaler."""
    rows: dict[str, list[list[str]]] = {name: [] for name in TABLES}
    for number in range(PATIENTS):
        patient, diabetic = str(number), number % 2 == 0
        problem, given = (
            ("Diabetes", "Metformin 500 MG") if diabetic else ("Asthma", "Albuterol 0.09 MG/ACTUAT Inhaler")
        )
        care = "160670007|Diabetic diet" if diabetic else "229065009|Exercise therapy"
        rows["patients"].append([patient, f"{1940 + number}-05-01", "", "female" if number % 3 else "male"])
        rows["conditions"].append([patient, "2010-01-01", "", "1", problem])
        rows["conditions"].append([patient, "2012-01-01", "2012-02-01", "2", "Viral sinusitis (disorder)"])
        rows["medications"].append([patient, "2012-01-01", "stopped", "3", "Amoxicillin 250 MG", ""])
        rows["medications"].append([patient, "2010-01-02", "active", "4", given, ""])
        rows["careplans"].append([patient, "2010-01-02", "", "active", "Care", care])
        rows["observations"].append([patient, "2013-01-01", "33914-3", "eGFR", "70.5", "mL/min/{1.73_m2}"])
        rows["allergies"].append([patient, "2011-01-01", "5", "Allergy to penicillin"])
    folder.mkdir(parents=True)
    for name, columns in TABLES.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([columns, *rows[name]])
    return folder


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cohort(tmp_path_factory.mktemp("cohorts") / "small")


@pytest.fixture(scope="session")
def models(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "IMAGINED", 400)
        for model, examples in (("vae", 30_000), ("gan", 80_000)):
            train(Run(model, (cohort,), folder, examples))
    return folder
