"""The Chinese names: each medicine and substance has one, and none means two."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import yaml

import knowledge.medicines
from knowledge.medicines import formulary, substances


@cache
def chinese() -> dict[str, list[str]]:
    path = Path(knowledge.medicines.__file__).with_name("chinese.yaml")
    read: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def test_every_medicine_and_substance_has_a_chinese_name_and_nothing_else_has() -> None:
    assert set(chinese()) == {*formulary(), *substances()}


def test_every_name_is_of_two_characters_at_least() -> None:
    for one, names in chinese().items():
        assert names, one
        assert all(isinstance(name, str) and name == name.strip() and len(name) >= 2 for name in names), one


def test_no_name_is_given_twice_or_means_two() -> None:
    meant: dict[str, list[str]] = defaultdict(list)
    for one, names in chinese().items():
        for name in names:
            meant[name.casefold()].append(one)
    assert {name: ids for name, ids in meant.items() if len(ids) > 1} == {}
