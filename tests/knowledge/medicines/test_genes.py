"""The rules of genes against CPIC's own table: one rule for each row, and the advice that the row's words give."""

from __future__ import annotations

import gzip
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from knowledge.medicines.genes import GeneRule, gene_rules, others

NAMES = {
    "glyburide": "glibenclamide",
    "methylene blue": "methylthioninium-chloride",
    "succinylcholine": "suxamethonium",
    "sulfamethoxazole / trimethoprim": "co-trimoxazole",
    "thioguanine": "tioguanine",
    "vitamin c": "ascorbic-acid",
    "vitamin k": "phytomenadione",
}
POPULATIONS = {
    "general": "",
    "adults": "adults",
    "pediatrics": "children",
    "child >40kg_adult": "adults, and children over 40 kg",
    "<= 1g per day": "up to 1 g a day",
    "CVI ACS PCI": "acute coronary syndrome or stent",
    "CVI non-ACS non-PCI": "heart or leg arteries, without acute coronary syndrome or stent",
    "NVI": "stroke or arteries of the brain",
    "CBZ naive": "new to carbamazepine",
    "CBZ-no alternatives": "new to carbamazepine, and nothing else to give",
    "CBZ use >3mos": "carbamazepine for over three months before",
    "OXC naive": "new to oxcarbazepine",
    "OXC use >3 mos": "oxcarbazepine for over three months before",
    "PHT naive": "new to phenytoin",
    "PHT use >3mos": "phenytoin for over three months before",
}
CHANGES = {  # what comes first in the words, outside what holds only under a condition, is the advice
    "avoid": r"avoid(?! (moderate|cyp2d6))|not recommended|contraindicated|do not use|consider hormonal therapy"
    r"|(select|choose|consider|recommend|prescribe) (an? )?(clinically appropriate )?alternative"
    r"|appropriate antidepressant not",
    "reduce": r"reduc|\blower\b|decreased dose|% less|prescribe ≤|% of (the lowest|starting)|initiate dose at 10 mg"
    r"|initiate with a dose of [\d.]+ mg(/kg)?/day and if no",
    "raise": r"^increase starting",
}
WATCH = r"cautio[nu]|carefully monitor\b|^monitor|aware of possible|must be measured|frequency of|should guide|trough"
NUMBER = r"\d+(?:\.\d+)?"
GENE = r"\b[A-Z][A-Z-]*\d*[A-Z0-9-]*(\*[\d:]+)?"


def advised(row: dict[str, Any]) -> str:
    """What the words of a recommendation come to, by words alone."""
    words = row["recommendation"].lower().replace("i.e.", "").replace("e.g.", "")
    if row["strength"] == "No Recommendation" or words in ("n/a", "no recommendation"):
        return "none"
    if re.search(r"no (reason|need) to avoid", words):
        return "standard"
    first, *rest = re.split(r"(?<=[.;])\s+", words)
    conditions = [one for one in rest if re.match(r"if |for chronic therapy", one)]
    plain = " ".join([first, *(one for one in rest if one not in conditions)])
    found = {advice: re.search(pattern, plain) for advice, pattern in CHANGES.items()}
    places = {advice: match.start() for advice, match in found.items() if match}
    if places:
        return min(places, key=lambda advice: places[advice])
    return "caution" if conditions or re.search(WATCH, words, re.MULTILINE) else "standard"


def applies(rule: GeneRule, medicine: str, population: str, results: dict[str, str]) -> bool:
    return (
        medicine in rule.medicines
        and population == rule.population
        and any(all(results.get(gene) in wanted for gene, wanted in one.items()) for one in rule.when)
    )


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[dict[str, Any]]:
    path = shared_data / "pharmacogenomics" / "cpic_recommendations.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"needs CPIC's table in {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def pairs(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], GeneRule]]:
    """Each row with its rule."""
    found = []
    for row in rows:
        medicine = NAMES.get(row["drug"], row["drug"].replace(" ", "-"))
        population = POPULATIONS[row["population"].strip()]
        rules = [one for one in gene_rules().values() if applies(one, medicine, population, row["lookup"])]
        assert len(rules) == 1, f"{medicine} {population} {row['lookup']}: {[one.id for one in rules]}"
        found.append((row, rules[0]))
    return found


def test_each_row_has_one_rule_and_each_rule_a_row(pairs: list[tuple[dict[str, Any], GeneRule]]) -> None:
    assert len(pairs) == 2098
    assert len({(row["drug"], *row["genes"]) for row, _ in pairs}) == 107
    unused = gene_rules().keys() - {rule.id for _, rule in pairs}
    assert all(name.startswith("warfarin") for name in unused)


def test_either_gene_of_malignant_hyperthermia_is_enough() -> None:
    for gene, other in (("RYR1", "CACNA1S"), ("CACNA1S", "RYR1")):
        susceptible = {gene: "Malignant Hyperthermia Susceptibility"}
        for results in (susceptible, susceptible | {other: "Malignant Hyperthermia Susceptibility"}):
            rules = [one for one in gene_rules().values() if applies(one, "sevoflurane", "", results)]
            assert [one.advice for one in rules] == ["avoid"]


def test_no_rule_says_more_than_its_rows(pairs: list[tuple[dict[str, Any], GeneRule]]) -> None:
    wanted: dict[str, int] = {}
    for _, rule in pairs:
        wanted[rule.id] = wanted.get(rule.id, 0) + 1
    for name, count in wanted.items():
        rule = gene_rules()[name]
        chosen = [zip(one, some, strict=True) for one in rule.when for some in product(*one.values())]
        results = {tuple(sorted(one)) for one in chosen}
        assert len(results) * len(rule.medicines) == count, name


def test_strength_and_source_are_those_of_the_row(pairs: list[tuple[dict[str, Any], GeneRule]]) -> None:
    for row, rule in pairs:
        strength = row["strength"].lower()
        assert rule.strength == ("none" if strength in ("n/a", "no recommendation") else strength), rule.id
        assert (str(rule.source.url), rule.source.title) == (row["url"], row["guideline"]), rule.id


def test_advice_is_what_the_words_of_the_row_come_to(pairs: list[tuple[dict[str, Any], GeneRule]]) -> None:
    wrong = {(rule.id, rule.advice, advised(row), row["recommendation"]) for row, rule in pairs}
    assert not [one for one in wrong if one[1] != one[2]]


def test_every_number_of_a_rule_stands_in_its_rows(pairs: list[tuple[dict[str, Any], GeneRule]]) -> None:
    for row, rule in pairs:
        said = " ".join([row["recommendation"], row["comments"] or "", *row["implications"].values()])
        known = set(re.findall(NUMBER, re.sub(r"PMIDs?:? ?[\d, ]+", "", said)))
        ours = set(re.findall(NUMBER, re.sub(GENE, "", f"{rule.todo} {rule.why}")))
        assert ours <= known, f"{rule.id}: {ours - known}"


def test_the_share_of_the_dose_is_the_one_that_the_row_names(pairs: list[tuple[dict[str, Any], GeneRule]]) -> None:
    for row, rule in pairs:
        words = row["recommendation"]
        for share in rule.factor or ():
            parts = [f"{part:.0%}".rstrip("%") for part in (share, 1 - share, share - 1) if part > 0]
            named = re.search(rf"(?<!\d)({'|'.join(parts)})(%|-\d+%)", words) is not None
            tenth = share == 0.1 and "10-fold" in words
            times = f"{share:g} times" in words or f"{share:g} to 2 times" in words
            efavirenz = row["drug"] == "efavirenz" and f"{600 * share:.0f}" in words
            assert named or tenth or times or efavirenz, f"{rule.id}: {share}"


def test_warfarin_has_one_rule_for_each_pair_of_results() -> None:
    activity = ["0.0", "0.5", "1.0", "1.5", "2.0", "n/a", "No Result"]
    sensitivity = ["-1639 AA", "-1639 AG", "-1639 GG", "No Result"]
    for first, second in product(activity, sensitivity):
        results = {"CYP2C9": first, "VKORC1": second}
        rules = [one for one in gene_rules().values() if applies(one, "warfarin", "adults", results)]
        assert len(rules) == (0 if first == second else 1), results
        if first in ("0.0", "0.5", "1.0") or second == "-1639 AA":
            assert rules[0].advice == "reduce", results


def test_other_medicines_are_those_of_rules() -> None:
    meant = {name for rule in gene_rules().values() for name in (*rule.medicines, *rule.instead)}
    assert others().keys() <= meant
