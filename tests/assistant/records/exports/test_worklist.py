from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.records.exports import Export, heads_to_csv
from assistant.records.exports.worklist import COLUMNS, FORMULA
from tests.assistant.records.exports.made import dossier, exported

HEAD = exported(dossier(["a", "b"])).case.head


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


def test_a_line_for_every_case_under_the_names_of_the_columns(english: Export, chinese: Export) -> None:
    head, first, second = rows(heads_to_csv([english.case.head, chinese.case.head]))
    assert tuple(head) == COLUMNS and "thread" not in head
    assert first[:7] == [
        "case1", "2026-11-03T09:30:00+00:00", "2026-11-03T09:32:00+00:00", "urgent", "34", "female", "en"
    ]  # fmt: skip
    assert second[7] == "头痛 · 34 岁，女" and second[8:] == ["", ""]


@pytest.mark.parametrize("title", ["=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_is_a_formula(title: str) -> None:
    told = heads_to_csv([replace(HEAD, title=title, closed_by=title)])
    assert rows(told)[1][7] == f"'{title}" == rows(told)[1][9]


def test_a_case_of_unknown_age_has_an_empty_cell() -> None:
    assert rows(heads_to_csv([replace(HEAD, age=None)]))[1][4] == ""


@given(st.text())
def test_any_title_stays_in_its_cell(title: str) -> None:
    (_, found) = rows(heads_to_csv([replace(HEAD, title=title)]))
    assert len(found) == len(COLUMNS) and found[7].removeprefix("'") == title.removeprefix("'")
    assert not found[7].startswith(FORMULA)
