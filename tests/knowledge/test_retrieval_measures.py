"""The measures of the retrieval benchmark, against scikit-learn's and by hand; its data as the sources describe it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from tests.benchmarks.report import report
from tests.benchmarks.retrieval import judged_documents, measures, medquad_documents, read_grades

GRADES = st.lists(st.integers(1, 4), min_size=2, max_size=30)


@given(GRADES, st.randoms())
def test_ndcg_is_that_of_scikit_learn(values: list[int], random: object) -> None:
    grades = {f"a{number}": grade for number, grade in enumerate(values)}
    ranking = list(grades)
    random.shuffle(ranking)  # type: ignore[attr-defined]
    assume(max(values) > 1)
    gains = [grades[name] - 1 for name in ranking]
    places = list(range(len(ranking), 0, -1))
    found = measures(ranking, grades)
    assert found["nDCG@10"] == pytest.approx(ndcg_score([gains], [places], k=10))
    assert found["exp"] == pytest.approx(ndcg_score([[2**gain - 1 for gain in gains]], [places], k=10))


def test_measures_by_hand() -> None:
    found = measures(["x", "good", "related", "best"], {"best": 4, "good": 3, "related": 2, "bad": 1})
    assert found["first"] == 0
    assert found["MAP@10"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert measures(["best"], {"best": 4})["nDCG@10"] == 1
    assert measures(["bad"], {"bad": 1}) == {"first": 0}


def test_a_pair_graded_twice_keeps_the_higher_grade(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv").write_text("q\tgrade\tid\n1\t2\ta\n1\t4\ta\n1\t3\ta\n2\t1\tb\n", encoding="utf-8")
    assert read_grades(tmp_path / "qrels.tsv") == {1: {"a": 4}, 2: {"b": 1}}


def test_the_pools_are_whole(shared_data: Path) -> None:
    judged = judged_documents()
    medquad = medquad_documents(judged)
    assert len(judged) == 1935
    assert len({document.id for document in [*judged, *medquad]}) == 17_382
    grades = read_grades(shared_data / "liveqa_med" / "qrels_dev.tsv")
    assert {name for given in grades.values() for name in given} <= {document.id for document in judged}


def test_a_report_is_printed_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = report("trial", {"A table": [{"system": "ours", "score": 0.12345, "count": 7}]}, ("A note.",), tmp_path)
    printed = capsys.readouterr().out
    assert all(words in printed for words in ("A table", "ours", "0.123", "A note."))
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["tables"] == {"A table": [{"system": "ours", "score": 0.12345, "count": 7}]}
    assert {"date", "commit", "cpus", "python", "notes", "benchmark"} <= kept.keys()
