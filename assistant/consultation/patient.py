"""What a conversation tells of the patient that bears on medicines: a record, read from the patient's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

from assistant.consultation.numbers import read_age, read_sex
from generators.errors import RecordError
from generators.plans.record import Allergy, Record, Taken, in_unit, measures, read_allergy
from knowledge.medicines import MedicineError
from knowledge.medicines.genes.alleles import genes, read_result
from knowledge.medicines.names import mentions
from knowledge.problems import Problem, read_problem

CLAUSE = re.compile(r"[.;!?\n。；！？]+|,|，|\bbut\b|\band\b|但是?|而且")
ALLERGY = re.compile(
    r"allerg(?:ic|y) to ([^.;!?\n]{3,60}?)(?=[.;!?\n]|, (?:is|can|could|may|should|would|do|am|are|what)\b|$)"
    r"|([a-z]+) allergy|对([\u4e00-\u9fff]{2,10})过敏",
    re.IGNORECASE,
)
TELLS = re.compile(
    r"^(?:(?:i|he|she|we|they|patient|my \w+)(?:'ve|'m|'s)?\s+)?(?:(?:have|has|had|am|is|got|with|if i have)\s+)?"
    r"(?:(?:got|been diagnosed with|a|an|the)\s+)*"
)
PREGNANT = re.compile(r"\bpregnan|\bexpecting\b|weeks? gone|怀孕|孕妇|孕期", re.IGNORECASE)
NOT_PREGNANT = re.compile(r"\b(not|isn't|am not|never|no longer)\s+(\w+\s+)?pregnan|没(有)?怀孕", re.IGNORECASE)
NURSING = re.compile(r"breast[\s-]?feed|nursing (my|a|her)|哺乳|喂奶|母乳", re.IGNORECASE)
GENE = re.compile(
    rf"\b({'|'.join(sorted(genes(), key=len, reverse=True))})\b[\s:=]*"
    r"(\*\d+\w*/\*\d+\w*|\*\d{2}:\d{2}[\w ]*|deficien\w+"
    r"|(?:poor|intermediate|rapid|ultrarapid|normal|extensive) metaboli[sz]er)",
    re.IGNORECASE,
)
Told = TypeVar("Told")
KIDNEY = re.compile(r"\be?gfr\b[\s:=of]*(?:is|was)?\s*(\d{1,3}(?:\.\d+)?)", re.IGNORECASE)


def record_of(told: Sequence[str]) -> Record:
    """The record that the patient's messages come to, the latest word on age, sex and pregnancy counting."""
    text = "\n".join(told)
    return Record(
        age=_last([read_age(one) for one in told]),
        sex=_last([read_sex(one) for one in told]),
        pregnant=_pregnant(text),
        breastfeeding=True if NURSING.search(text) else None,
        problems=tuple(_problems(text)),
        medicines=tuple(Taken(named.name, (named,)) for named in mentions(_without_allergies(text))),
        allergies=tuple(_allergies(text)),
        labs=dict(_labs(text)),
        genes=dict(_genes(text)),
    )


def _last(found: list[Told | None]) -> Told | None:
    return next((one for one in reversed(found) if one is not None), None)


def _pregnant(text: str) -> bool | None:
    if NOT_PREGNANT.search(text):
        return False
    return True if PREGNANT.search(text) else None


def _problems(text: str) -> Iterator[Problem]:
    """Each clause by itself, so that a denial holds no further than it reaches."""
    for clause in CLAUSE.split(text):
        problem = read_problem(TELLS.sub("", clause.strip().casefold()))
        if problem.understood:
            yield problem


def _without_allergies(text: str) -> str:
    return ALLERGY.sub(" ", text)


def _allergies(text: str) -> Iterator[Allergy]:
    for match in ALLERGY.finditer(text):
        for part in re.split(r",|\band\b|\bor\b|、|和", next(group for group in match.groups() if group)):
            allergy = read_allergy(part.strip())
            if allergy.medicines or allergy.groups:
                yield allergy


def _labs(text: str) -> Iterator[tuple[str, float]]:
    for match in KIDNEY.finditer(text):
        try:
            yield "egfr", in_unit(measures()["egfr"], float(match.group(1)), None)
        except RecordError:
            continue


def _genes(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    for match in GENE.finditer(text):
        try:
            yield match.group(1).upper(), read_result(match.group(1).upper(), match.group(2))
        except MedicineError:
            continue
