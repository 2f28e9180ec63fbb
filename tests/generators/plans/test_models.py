from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from generators.errors import DatasetError, ModelFilesError, RequestError
from generators.plans import recipes, tuning
from generators.plans.attribution import drivers
from generators.plans.cohort import Moment, read_cohort
from generators.plans.evaluation import evaluated, likely_plan
from generators.plans.imagining import imagine
from generators.plans.indications import bearing, care_for, options
from generators.plans.recipes import Run
from generators.plans.record import read_record
from generators.plans.rules import check
from generators.plans.trained import model
from generators.plans.vocabulary import Case, Vocabulary, facts
from knowledge.medicines import formulary
from knowledge.medicines.names import Named

DIABETIC = {"age": 60, "sex": "F", "conditions": ["Diabetes"]}


def test_a_cohort_has_the_moments_of_its_patients(cohort: Path) -> None:
    moments = read_cohort(cohort)
    own = [moment for moment in moments if moment.patient == "small/0"]
    assert [moment.last for moment in own] == [False, False, True]
    begun, acute, last = own
    assert begun.plan == {"metformin", "diabetic_diet"} and acute.plan == {"amoxicillin"}
    assert last.plan == {"metformin", "diabetic_diet"}
    assert [one.written for one in acute.record.problems] == ["Diabetes", "Viral sinusitis (disorder)"]
    assert [one.written for one in last.past] == ["Viral sinusitis (disorder)"]
    assert last.record.egfr == 70.5 and begun.record.egfr is None
    assert "penicillin_allergy" in last.record.allergies[0].groups
    assert 0 < sum(moment.held_out for moment in moments) < len(moments)
    assert len({moment.held_out for moment in own}) == 1


def test_a_folder_without_tables_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no patients.csv; give a folder"):
        read_cohort(tmp_path)


def test_facts_tell_the_record_and_no_gene_that_bears_on_nothing() -> None:
    record = read_record(DIABETIC | {"genes": {"CYP2C19": "*2/*2", "HLA-B": "*57:01 positive"}, "labs": {"egfr": 25}})
    told = set(facts(Case(record)))
    assert {"sex:female", "age:60", "age:adult", "egfr:30", "egfr:45", "purpose:guideline"} <= told
    assert not any(fact.startswith("gene:") for fact in told)
    depressed = read_record({"age": 60, "conditions": ["depression"], "genes": {"CYP2C19": "*2/*2"}})
    assert "gene:CYP2C19=Poor Metabolizer" in set(facts(Case(depressed)))
    assert bearing(["CYP2C19"], ["clopidogrel"], []) == {"CYP2C19"}


def test_imagined_plans_break_no_rule_and_treat_what_is_there() -> None:
    for case, plan in imagine(60, 3):
        given = [Named(one, formulary()[one].name) for one in plan if one in formulary()]
        for one in given:
            others = [other for other in given if other.id != one.id]
            taken = [named for taken in case.record.medicines for named in taken.named]
            assert all(finding.severity != "avoid" for finding in check(case.record, one, [*others, *taken]))
        meant = {name for one in case.record.conditions for names in options(one).values() for name in names}
        assert {one.id for one in given} <= meant


def test_no_vaccine_treats_and_activities_are_for_those_whom_they_fit() -> None:
    assert not any("vaccine" in name for names in options("type-2-diabetes").values() for name in names)
    slim, heavy = read_record(DIABETIC), read_record(DIABETIC | {"conditions": ["type 2 diabetes", "obesity"]})
    assert "weight_loss_programme" not in care_for("type-2-diabetes", slim)
    assert "weight_loss_programme" in care_for("type-2-diabetes", heavy)


def test_a_vocabulary_comes_back_as_it_was(tmp_path: Path) -> None:
    record = Case(read_record(DIABETIC))
    known = Vocabulary.learn([record] * 3, [frozenset(["metformin"])] * 3)
    known.save(tmp_path)
    again = Vocabulary.load(tmp_path)
    assert (again.facts, again.items) == (known.facts, known.items)
    assert again.of_cases([record]).sum() == len(set(facts(record)))
    assert again.of_plans([frozenset(["metformin", "unheard_of"])]).tolist() == [[1.0]]
    (tmp_path / "vocabulary.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFilesError):
        Vocabulary.load(tmp_path)


def test_the_likeliest_plan_is_the_set_of_highest_expected_f1() -> None:
    items = ("a", "b", "c")
    assert likely_plan(items, np.array([0.9, 0.8, 0.1], np.float32)) == {"a", "b"}
    assert likely_plan(items, np.array([0.02, 0.01, 0.01], np.float32)) == frozenset()


@pytest.mark.parametrize("name", ["vae", "gan"])
def test_a_model_learns_what_goes_with_what(name: str, models: Path) -> None:
    trained = model(name, models)
    cases = [Case(read_record({"age": 50, "conditions": [one]}), purpose="in_force") for one in ("Diabetes", "Asthma")]
    chances = trained.chances(cases, 16)
    assert chances.shape == (16, 2, len(trained.vocabulary.items))
    metformin = chances[:, :, trained.vocabulary.items.index("metformin")].mean(0)
    assert metformin[0] > 2 * metformin[1]


def test_facts_that_drive_an_item_are_told(models: Path) -> None:
    case = Case(read_record({"age": 50, "conditions": ["Diabetes"]}), purpose="in_force")
    told = [fact for fact, _ in drivers(model("vae", models), case, "metformin")]
    assert any("diabetes" in fact for fact in told)
    assert drivers(model("vae", models), case, "unheard_of") == ()


def test_evaluation_has_every_row_and_the_lookup_is_right_where_rules_are_plain(cohort: Path, models: Path) -> None:
    rows = evaluated(read_cohort(cohort), models)
    assert {(row["kind"], row["model"]) for row in rows} >= {("all", "vae"), ("activities", "lookup by problem")}
    lookup = next(row for row in rows if row["kind"] == "all" and row["model"] == "lookup by problem")
    assert lookup["jaccard"] == 1.0 and lookup["jaccard_low"] <= lookup["jaccard"] <= lookup["jaccard_high"]


def test_what_cannot_be_trained_or_read_is_one_sentence(cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="There is no model 'magic'; choose one of vae, gan"):
        Run("magic", (cohort,), tmp_path)
    with pytest.raises(RequestError, match="Give a number of plans"):
        Run("vae", (cohort,), tmp_path, -1)
    with pytest.raises(ModelFilesError, match="train it with: airmed train plan --model gan"):
        model("gan", tmp_path)


def test_tuning_learns_from_no_patient_that_is_held_out(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "IMAGINED", 50)
    seen: set[bool] = set()
    trained_on = recipes.train

    def train(run: Run, told: object = None, learned: Sequence[Moment] = ()) -> Path:
        seen.update(moment.held_out for moment in learned)
        return trained_on(run, None, learned)

    monkeypatch.setattr(tuning, "train", train)
    found = tuning.tune("vae", (cohort,), tmp_path / "trials", 2, 2, 2_000)
    assert found.trials == 2 and 0 <= found.score <= 1 and {"in_force", "free", "decay"} == found.choices.keys()
    assert seen == {False}
    assert tuning.tune("vae", (cohort,), tmp_path / "trials", 2, 2, 2_000) == found  # nothing is done twice
    with pytest.raises(RequestError, match="nothing to tune in 'magic'"):
        tuning.tune("magic", (cohort,), tmp_path, 1, 2, 10)
