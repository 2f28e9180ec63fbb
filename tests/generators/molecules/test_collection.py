from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from generators.errors import DatasetError
from generators.molecules.collection import molecules, prepare, read_column


def put(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_molecules_are_made_clean_and_rejects_are_listed(tmp_path: Path) -> None:
    source = put(
        tmp_path / "a.csv", "id,SMILES", "1,OCC", "2,CCO", "3,[Na+].CC(=O)[O-]", "4,what", "5,", "6,CNC(C)Cc1ccccc1"
    )
    found = prepare(source, tmp_path / "out" / "clean.csv")
    assert list(read_column(found.file, "smiles")) == ["CCO", "CC(=O)O"] and found.kept == 2
    assert [one.line for one in found.rejected] == [3, 5, 6, 7]
    told = " ".join(one.reason for one in found.rejected)
    assert "there already" in told and "'what' is no SMILES" in told and "amphetamines" in told


def test_a_gzipped_file_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"smiles\nCCO\nCCN\n"))
    assert list(read_column(prepare(path, tmp_path / "b.csv.gz").file, "smiles")) == ["CCO", "CCN"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name\nx\n", "no column 'smiles'; it has name"),
        (b"", "no column 'smiles'; it has none"),
        (b"smiles\nnothing\n", "holds no molecule"),
        (b"\xff\xfe\x00\x01", "cannot be read"),
    ],
)
def test_a_file_without_molecules_is_one_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=told):
        prepare(path, tmp_path / "b.csv")


def test_missing_and_damaged_files_are_one_sentence(tmp_path: Path) -> None:
    damaged = tmp_path / "a.csv.gz"
    damaged.write_bytes(gzip.compress(b"smiles\n" + b"CCO\n" * 1000)[:40])
    for path in (tmp_path / "none.csv", tmp_path, damaged):
        with pytest.raises(DatasetError, match="cannot be read"):
            molecules(str(path))
