"""A GPU that is lent, by a stand-in for the package of Hugging Face's Spaces."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generators import gpu

LENDER = """
lent = []

def GPU(function):
    def borrowing(*arguments, **named):
        lent.append(function.__name__)
        return function(*arguments, **named)
    borrowing.borrows = function.__name__
    return borrowing
"""
LOOK = (
    "from generators.gpu import announce; announce(); import sys; s = sys.modules['generators.images.synthesis']; "
    "assert (s.generate.borrows, s.interpolate.borrows) == ('generate', 'interpolate')"
)


@pytest.fixture
def lender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "spaces.py").write_text(LENDER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("spaces", None)


def count(most: int) -> Iterator[int]:
    yield from range(most)


def test_without_a_lender_nothing_is_changed() -> None:
    assert gpu.borrows_gpu(count) is count
    assert gpu.lent().type == "cpu"


def test_a_function_borrows_when_it_is_called(lender: Path) -> None:
    import spaces  # type: ignore[import-not-found]

    borrowing = gpu.borrows_gpu(count)
    assert spaces.lent == []
    assert list(borrowing(3)) == [0, 1, 2]
    assert spaces.lent == ["count"]


@pytest.mark.parametrize(("there", "kind"), [(True, "cuda"), (False, "cpu")])
def test_it_runs_where_a_gpu_is_lent(lender: Path, monkeypatch: pytest.MonkeyPatch, there: bool, kind: str) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: there)
    assert gpu.lent().type == kind


def test_the_lender_is_shown_who_borrows_before_the_page_is_launched(lender: Path, pytestconfig: pytest.Config) -> None:
    variables = {**os.environ, "PYTHONPATH": str(lender)}
    subprocess.run([sys.executable, "-c", LOOK], cwd=pytestconfig.rootpath, env=variables, timeout=300, check=True)
