"""The kidney function, estimated from the creatinine in the blood."""

from __future__ import annotations

MICROMOLES = 88.42  # of creatinine in a litre for each mg/dL


def estimated_gfr(creatinine: float, age: float, female: bool) -> float:
    """The eGFR of an adult in mL/min/1.73 m², from creatinine in µmol/L, without race.

    CKD-EPI 2021 (Inker et al., doi:10.1056/NEJMoa2102953).
    """
    usual, slope = (0.7, -0.241) if female else (0.9, -0.302)
    share = creatinine / MICROMOLES / usual
    found: float = 142 * min(share, 1.0) ** slope * max(share, 1.0) ** -1.2 * 0.9938**age
    return found * 1.012 if female else found


def estimated_gfr_of_child(creatinine: float, height_cm: float) -> float:
    """The eGFR of a child in mL/min/1.73 m²: the bedside formula (Schwartz et al. 2009, doi:10.1681/ASN.2008030287)."""
    return 0.413 * height_cm / (creatinine / MICROMOLES)
