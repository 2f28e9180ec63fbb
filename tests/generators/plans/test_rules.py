from __future__ import annotations

from typing import Any

import pytest

from generators.plans.record import read_record
from generators.plans.rules import Finding, _by_member, check, verdict
from knowledge.medicines import formulary
from knowledge.medicines.names import Named, find

GENES = {"CYP2C19": "*2/*2", "CYP2D6": "*4/*4", "HLA-B": "*57:01 positive", "DPYD": "0", "G6PD": "Deficient"}


def found(record: dict[str, Any], medicine: str) -> list[Finding]:
    (named,) = find(medicine)
    return check(read_record(record), named)


@pytest.mark.parametrize(
    ("record", "medicine", "told", "rule"),
    [
        ({"allergies": ["penicillin"]}, "amoxicillin", "avoid", "allergy:penicillin_allergy"),
        ({"allergies": ["amoxicillin"]}, "amoxicillin", "avoid", "allergy:amoxicillin"),
        ({"allergies": ["penicillin"]}, "cefuroxime", "caution", "allergy:penicillin_allergy:cephalosporin_allergy"),
        ({"allergies": ["penicillin"]}, "doxycycline", "ok", ""),
        ({"medications": ["warfarin"]}, "ibuprofen", "avoid", "interaction:anticoagulant-nsaid"),
        ({"medications": ["simvastatin"]}, "clarithromycin", "avoid", "interaction:simvastatin-strong-3a4"),
        ({"medications": ["lisinopril"]}, "losartan", "avoid", "duplicate:raas_blocker"),
        ({"medications": ["co-codamol"]}, "paracetamol", "avoid", "duplicate:medicine"),
        ({"medications": ["paracetamol"]}, "paracetamol", "caution", "duplicate:medicine"),
        ({"labs": {"egfr": 20}}, "metformin", "avoid", "kidney:metformin:30"),
        ({"labs": {"egfr": 40}}, "metformin", "caution", "kidney:metformin:45"),
        ({"labs": {"egfr": 90}}, "metformin", "ok", ""),
        ({"conditions": ["chronic kidney disease"]}, "metformin", "caution", "kidney:unknown"),
        ({"child_pugh": "C"}, "metformin", "avoid", "liver:metformin:severe"),
        ({"sex": "F", "age": 30, "pregnant": True}, "isotretinoin", "avoid", "pregnancy:isotretinoin"),
        ({"sex": "F", "age": 30, "pregnant": False}, "isotretinoin", "ok", ""),
        ({"age": 8}, "aspirin", "avoid", "age:aspirin:0-16"),
        ({"conditions": ["asthma"]}, "propranolol", "avoid", "condition:propranolol:asthma"),
        ({"conditions": ["asthma"]}, "timolol eye drops", "avoid", "condition:timolol:asthma"),
        ({"genes": {"CYP2C19": "*2/*2"}}, "clopidogrel", "avoid", "gene:cyp2c19-clopidogrel-acs-stent-poor"),
        ({"genes": {"CYP2C19": "*1/*1"}}, "clopidogrel", "ok", ""),
        ({"genes": {"CYP2D6": "*4/*4"}}, "clopidogrel", "ok", ""),
        ({}, "clopidogrel", "ok", ""),
        ({"genes": {"HLA-B": "*57:01 positive"}}, "abacavir", "avoid", "gene:hla-b-57-01-abacavir"),
        ({"medications": ["grapefruit juice"]}, "simvastatin", "avoid", "interaction:"),
    ],
)
def test_a_rule_fires_where_it_should_and_not_elsewhere(
    record: dict[str, Any], medicine: str, told: str, rule: str
) -> None:
    findings = found({"age": 50} | record, medicine)
    assert verdict(findings) == told, findings
    assert not rule or any(finding.rule.startswith(rule) for finding in findings)


def test_every_finding_has_reason_source_and_the_gravest_is_first() -> None:
    record = {"age": 80, "medications": ["warfarin", "digoxin"], "labs": {"egfr": 20}, "conditions": ["heart failure"]}
    for medicine in ("ibuprofen", "amiodarone", "clarithromycin"):
        findings = found(record, medicine)
        severities = [finding.severity for finding in findings]
        assert severities == sorted(severities, key=("avoid", "caution", "monitor").index)
        assert all(finding.reason.endswith(".") and finding.source.url for finding in findings)


def test_what_hardly_reaches_the_blood_interacts_with_nothing() -> None:
    record = {"age": 50, "medications": ["ritonavir", "warfarin"], "labs": {"egfr": 10}}
    for text in ("hydrocortisone cream", "aciclovir cream", "chloramphenicol eye drops"):
        assert not [finding for finding in found(record, text) if finding.kind in ("interaction", "kidney")]


def test_a_gene_that_nobody_measured_counts_as_no_result() -> None:
    """Rules of two genes that were written for one of them alone fire when only that one is known."""
    only_one = found({"age": 50, "genes": {"CYP2D6": "*4/*4"}}, "amitriptyline")
    both = found({"age": 50, "genes": {"CYP2D6": "*4/*4", "CYP2C19": "*1/*1"}}, "amitriptyline")
    assert only_one and both and {one.rule for one in only_one} != {one.rule for one in both}
    assert not found({"age": 50, "genes": {"CYP2C9": "*1/*1"}}, "amitriptyline")


def test_interactions_are_the_same_from_either_side() -> None:
    for first, second in (("warfarin", "ibuprofen"), ("sildenafil", "isosorbide mononitrate"), ("lithium", "ramipril")):
        rules = [
            {
                finding.rule
                for finding in found({"age": 50, "medications": [one]}, other)
                if finding.kind == "interaction"
            }
            for one, other in ((first, second), (second, first))
        ]
        assert rules[0] == rules[1] != set()


def test_every_rule_of_interaction_fires_from_either_side() -> None:
    """Also where a medicine stands on both sides of a rule, and the other on one."""
    for first, second in (("flecainide", "azithromycin"), ("donepezil", "flecainide")):
        for one, other in ((first, second), (second, first)):
            assert verdict(found({"age": 50, "medications": [one]}, other)) == "avoid"


def test_every_medicine_is_checked_against_a_full_record_without_a_fault() -> None:
    record = read_record(
        {
            "age": 82,
            "sex": "F",
            "conditions": ["heart failure", "asthma", "cirrhosis", "epilepsy", "peptic ulcer"],
            "medications": ["warfarin", "amiodarone", "lithium", "phenytoin", "alcohol"],
            "allergies": ["penicillin", "sulfa", "aspirin"],
            "labs": {"egfr": 12},
            "genes": GENES,
        }
    )
    for one in formulary().values():
        findings = check(record, Named(one.id, one.name))
        assert all(finding.medicine == one.id and finding.rule and finding.reason for finding in findings)


def test_whoever_meets_a_rule_is_met_by_it() -> None:
    met = {one: {(rule.id, other) for rule, others in rules for other in others} for one, rules in _by_member().items()}
    for one, pairs in met.items():
        assert all((name, one) in met[other] for name, other in pairs)
