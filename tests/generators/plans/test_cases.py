"""Clinical cases for the medicines check; their expectations rest on sources and not on what the check says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from assistant.commands.plans import checked
from generators.plans.record import read_record
from generators.plans.rules import Kind, Verdict
from knowledge.medicines.sources import Source

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
KINDS = {*get_args(Kind), "unknown"}
FIELDS = {"id", "title", "record", "candidate", "expected", "because", "never", "source", "reviewed"}


def _param(case: dict[str, Any]) -> Any:
    """A case that shows a fault of the code fails until the fault is mended, and then says so."""
    fault = case.get("fault")
    return pytest.param(case, id=case["id"], marks=[pytest.mark.xfail(reason=fault, strict=True)] if fault else [])


@pytest.mark.parametrize("case", [_param(case) for case in CASES])
def test_the_check_judges_as_a_pharmacist(case: dict[str, Any]) -> None:
    found = checked(read_record(case["record"]), case["candidate"])
    kinds = {finding["kind"] for finding in found["findings"]}
    assert found["verdict"] == case["expected"], found
    assert set(case["because"]) <= kinds, found
    assert not set(case["never"]) & kinds, found


def test_there_are_sixty_cases_with_twenty_traps_and_every_kind_of_rule() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) == 60
    assert sum(case.get("trap", False) for case in CASES) == 20
    assert {kind for case in CASES for kind in case["because"]} == KINDS
    assert {case["expected"] for case in CASES} == set(get_args(Verdict))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_case_says_what_it_rests_on(case: dict[str, Any]) -> None:
    assert FIELDS <= case.keys() <= FIELDS | {"trap", "fault"}
    assert Source.model_validate(case["source"]) and case["reviewed"].endswith(".")
    assert {*case["because"], *case["never"]} <= KINDS and not set(case["because"]) & set(case["never"])
    assert (case["expected"] == "ok") == (not case["because"])
