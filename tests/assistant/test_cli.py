from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import cli
from assistant.commands.talk import background
from assistant.consultation.library import Library
from assistant.errors import InputError
from assistant.locales import locale
from assistant.models.routing import NONE
from assistant.settings import Settings, settings
from knowledge.findings import lexicon
from knowledge.red_flags import rules

CHEST_PAIN = "I have crushing chest pain going down my left arm and I am sweating"
COMMANDS = ("serve", "ask", "route", "assess", "ingest", "search", "validate")
Row = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Row]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Airmed = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], airmed: Settings) -> Airmed:
    """The `airmed` command in this process: `run("assess", path, stdin="")`."""

    def run_(*arguments: object, stdin: str = "", **environment: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["airmed", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        for name, value in {"AIRMED_DATA_DIR": str(airmed.data_dir), **environment}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        capsys.readouterr()
        code = cli.run(cli.app)
        settings.cache_clear()
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run_


def rows_file(folder: Path, *rows: object) -> Path:
    path = folder / "in.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def is_one_line(said: Ran) -> bool:
    return said.code == 2 and said.err.count("\n") == 1 and said.err.startswith("airmed: ") and len(said.err) > 15


# The command itself -------------------------------------------------------------------------------


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from assistant.cli import main; import sys; sys.argv[0] = 'airmed'; main()"
    command = [sys.executable, "-c", code, *arguments]
    variables = {**os.environ, "NO_COLOR": "1", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=variables, timeout=120, check=False)


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = """
import sys
from assistant.cli import app, run

sys.argv = ["airmed", "--help"]
print(run(app), sorted({"torch", "langchain", "langgraph", "gradio", "faiss"} & sys.modules.keys()))
"""
    helped = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert all(command in helped.stdout for command in COMMANDS)
    assert helped.stdout.splitlines()[-1] == "0 []"


def test_a_broken_file_is_one_line_and_exit_code_2_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{nonsense")
    said = in_a_process("assess", str(path))
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == f"airmed: {path}, line 1: not JSON.\n"


def test_the_command_alone_shows_its_help(run: Airmed) -> None:
    said = run()
    assert said.code == 2 and said.err == ""
    assert all(command in said.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(run: Airmed, command: str) -> None:
    said = run(command, "--help")
    assert said.code == 0 and said.err == ""
    assert "Usage" in said.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("ask",),
        ("ask", ""),
        ("ask", "x" * 100_000),
        ("ask", "hello", "--nonsense"),
        ("ask", "hello", "--record", "/nowhere.json"),
        ("assess",),
        ("assess", "/nowhere.jsonl"),
        ("assess", "/"),
        ("route", "/nowhere.jsonl"),
        ("search", "/nowhere.jsonl"),
        ("search", "-", "--k", "0"),
        ("search", "-", "--k", "many"),
        ("search", "-", "--index", "/nowhere"),
        ("ingest",),
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_bad_usage_is_one_line_and_exit_code_2(run: Airmed, library: Library, arguments: tuple[str, ...]) -> None:
    said = run(*arguments, stdin='{"id": 1, "text": "hello"}')
    assert is_one_line(said), said
    assert said.out == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("AIRMED_LLM", "gpt"), ("AIRMED_REGION", "Britain"), ("AIRMED_VISITORS", "many"), ("AIRMED_THREADS", "0")],
)
def test_a_wrong_setting_is_named_in_one_line(run: Airmed, name: str, value: str) -> None:
    said = run("ask", "hello", **{name: value})
    assert is_one_line(said) and name in said.err


def test_a_data_folder_that_cannot_be_written_is_named_in_one_line(run: Airmed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said = run("ask", "hello", AIRMED_DATA_DIR=str(tmp_path / "file" / "data"))
    assert is_one_line(said) and "AIRMED_DATA_DIR" in said.err


def test_a_model_server_that_is_not_there_is_told_in_one_line(run: Airmed, library: Library) -> None:
    nobody = "http://127.0.0.1:9/v1"
    assert is_one_line(run("ask", "hello", AIRMED_LLM=nobody))
    assert is_one_line(run("ask", "What is gout?", AIRMED_LLM=nobody, AIRMED_LLM_MODEL="tiny"))


# Rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{nonsense", "line 2: not JSON"),
        ("[" * 100_000, "line 2: not JSON"),
        ("7", 'line 2: a row needs "id", "text"'),
        ("[1]", 'line 2: a row needs "id", "text"'),
        ('{"text": "a"}', 'line 2: a row needs "id", "text"'),
        ('{"id": 1}', 'line 2: a row needs "id", "text"'),
        ('{"id": 1, "text": null}', 'line 2: a row needs "id", "text"'),
    ],
    ids=lambda text: text[:20],
)
def test_a_row_of_another_form_is_named_by_its_line(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(f'{{"id": 1, "text": "a"}}\n{line}\n')
    with pytest.raises(InputError, match=fault):
        list(cli.read_rows(path, "text"))


def test_empty_lines_a_byte_order_mark_and_strange_separators_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('\ufeff\r\n{"id": 1, "text": "a\u2028b\x85c"}\r\n\n', encoding="utf-8")
    assert list(cli.read_rows(path, "text")) == [{"id": 1, "text": "a\u2028b\x85c"}]


def test_half_a_letter_can_be_written_again(run: Airmed, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "\\ud83d", "text": "\\ud83d I have a headache"}')
    assert run("assess", path).rows[0]["id"] == "?"


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        list(cli.read_rows(path, "text"))


def test_rows_come_from_standard_input_and_go_to_a_file(run: Airmed, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    said = run("assess", "-", "-o", out, stdin=json.dumps({"id": "一", "text": "头痛"}, ensure_ascii=False))
    assert said.code == 0 and said.out == ""
    assert json.loads(out.read_text(encoding="utf-8"))["id"] == "一"


def test_no_rows_give_no_rows(run: Airmed) -> None:
    assert run("assess", "-") == Ran(0, "", "")


def test_a_file_that_cannot_be_written_is_told(run: Airmed, tmp_path: Path) -> None:
    said = run("assess", "-", "-o", tmp_path, stdin='{"id": 1, "text": "a"}')
    assert is_one_line(said) and "cannot be written" in said.err


# assess -------------------------------------------------------------------------------------------


def test_assess_gives_the_fields_of_the_contract(run: Airmed, tmp_path: Path) -> None:
    said = run("assess", rows_file(tmp_path, {"id": "a", "text": f"{CHEST_PAIN}, no fever"}))
    (row,) = said.rows
    assert list(row) == ["id", "triage", "crisis", "red_flags", "present", "absent", "differential"]
    assert (row["id"], row["triage"], row["crisis"]) == ("a", "emergency", False)
    assert all(set(flag) == {"rule", "source"} and flag["source"].startswith("https") for flag in row["red_flags"])
    assert {flag["rule"] for flag in row["red_flags"]} <= {rule.id for rule in rules()}
    assert "chest_pain" in row["present"] and "fever" in row["absent"]
    assert {*row["present"], *row["absent"]} <= lexicon().keys()


def test_assess_takes_age_and_sex_and_tells_a_crisis(run: Airmed, tmp_path: Path) -> None:
    fever = {"text": "a temperature of 38.6"}
    path = rows_file(
        tmp_path,
        {"id": 1, **fever, "age": 30, "sex": "female"},
        {"id": 2, **fever, "age": 0.1, "sex": None},
        {"id": 3, "text": "I want to kill myself"},
        {"id": 4, "text": ""},
    )
    rows = run("assess", path).rows
    assert [row["triage"] for row in rows] == ["routine", "emergency", "emergency", "routine"]
    assert [row["crisis"] for row in rows] == [False, False, True, False]


@pytest.mark.parametrize("age", [-1, 131, "old", True, [1], float("nan")])
def test_an_impossible_age_is_told_with_its_row(run: Airmed, tmp_path: Path, age: object) -> None:
    said = run("assess", rows_file(tmp_path, {"id": "r7", "text": "fever", "age": age}))
    assert is_one_line(said) and "r7" in said.err and "age" in said.err


# route --------------------------------------------------------------------------------------------


def test_route_gives_the_fields_of_the_contract(run: Airmed, tmp_path: Path) -> None:
    texts = {
        "What is a normal blood pressure?": ("search_guidance", "question"),
        "I have had a sore throat for two days": ("assess_symptoms", "complaint"),
        "Summarise what I told you for my doctor": ("summarise_case", None),
        "hello": (NONE, None),
        "   ": (NONE, None),
    }
    rows = run("route", rows_file(tmp_path, *({"id": i, "text": text} for i, text in enumerate(texts)))).rows
    assert [list(row) for row in rows] == [["id", "tool", "arguments"]] * len(texts)
    assert [row["id"] for row in rows] == list(range(len(texts)))
    for row, (text, (tool, argument)) in zip(rows, texts.items(), strict=True):
        assert (row["tool"], row["arguments"]) == (tool, {argument: text} if argument else {})


# ingest and search --------------------------------------------------------------------------------


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Two documents of one's own, and a file that is no document."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "zorblax.md").write_text("# Zorblax\n\nZorblax fever is treated with blue tea and rest.\n")
    (folder / "rows.jsonl").write_text(
        '{"id": "flim", "title": "Flimflam", "text": "A flimflam gland sits in the elbow."}'
    )
    (folder / "broken.pdf").write_bytes(b"no pdf")
    return folder


def test_ingest_reports_as_json_and_again_reads_only_what_changed(run: Airmed, tmp_path: Path, papers: Path) -> None:
    first = run("ingest", papers, "--index", tmp_path / "index", "--json")
    again = run("ingest", papers, "--index", tmp_path / "index", "--json")
    assert first.code == again.code == 0
    report = json.loads(first.out)
    assert list(report) == ["index", "files", "documents", "embedded", "passages", "faults"]
    assert (report["files"], report["documents"], report["embedded"], report["passages"]) == (2, 2, 2, 2)
    assert len(report["faults"]) == 1 and "broken.pdf" in first.err and "Traceback" not in first.err
    assert json.loads(again.out)["embedded"] == 0


def test_search_finds_what_was_ingested(run: Airmed, tmp_path: Path, papers: Path) -> None:
    assert "2 documents" in run("ingest", papers, "--index", tmp_path / "index").out
    path = rows_file(tmp_path, {"id": "q1", "text": "Where is the flimflam gland?"}, {"id": "q2", "text": ""})
    first, second = run("search", path, "--index", tmp_path / "index", "--k", 1).rows
    assert first["id"] == "q1" and second["id"] == "q2"
    (passage,) = first["passages"]
    assert list(passage) == ["doc", "score", "text"]
    assert passage["doc"] == "flim" and "elbow" in passage["text"] and passage["score"] > 0


def test_search_without_an_index_searches_the_shipped_articles(run: Airmed, library: Library, tmp_path: Path) -> None:
    path = rows_file(tmp_path, {"id": 1, "text": "What are the signs of migraine?"})
    (row,) = run("search", path, "--k", 3).rows
    assert len(row["passages"]) == 3
    assert row["passages"][0]["doc"].startswith("migraine#")
    scores = [passage["score"] for passage in row["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_nothing_to_ingest_is_exit_code_2(run: Airmed, tmp_path: Path) -> None:
    said = run("ingest", tmp_path / "nowhere", "--index", tmp_path / "index")
    assert said.code == 2
    assert said.err.count("\n") == 1 and "does not exist" in said.err


def test_an_index_folder_that_cannot_be_written_is_told(run: Airmed, papers: Path) -> None:
    said = run("ingest", papers / "zorblax.md", "--index", papers / "rows.jsonl" / "index")
    assert is_one_line(said) and "cannot be written" in said.err


# ask ----------------------------------------------------------------------------------------------


def test_ask_streams_the_answer_and_lists_its_sources(run: Airmed, library: Library) -> None:
    said = run("ask", "What is gout?")
    assert said.code == 0
    assert "uric acid" in said.out and "[1]" in said.out
    assert any(line.startswith("[1] Gout") and "https://" in line for line in said.out.splitlines())


def test_ask_as_json_is_one_object(run: Airmed, library: Library) -> None:
    told = json.loads(run("ask", CHEST_PAIN, "--json", "--country", "us").out)
    kept = ["urgency", "tool", "text", "citations", "options", "asked", "opinion", "pictures", "molecules"]
    assert list(told) == kept
    assert (told["urgency"], told["tool"]) == ("emergency", "assess_symptoms")
    assert "911" in told["text"] and told["citations"][0]["url"].startswith("https://")


def test_ask_answers_a_courtesy_without_a_tool_and_in_chinese(run: Airmed, library: Library) -> None:
    told = json.loads(run("ask", "你好", "--json").out)
    assert (told["urgency"], told["tool"]) == (None, "none")
    assert told["text"] == locale("zh").doctor.courtesies["greeting"].reply


def test_ask_forgets_the_conversation(run: Airmed, library: Library, airmed: Settings) -> None:
    run("ask", "my name is Quibblefax, hello")
    assert not any(b"Quibblefax" in path.read_bytes() for path in airmed.data_dir.glob("airmed.sqlite*"))


def test_the_record_of_a_patient_counts(run: Airmed, library: Library, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"age": 0.1, "sex": "female"}))
    assert json.loads(run("ask", "temperature of 38.6", "--json").out)["urgency"] != "emergency"
    assert json.loads(run("ask", "temperature of 38.6", "--json", "--record", record).out)["urgency"] == "emergency"


@pytest.mark.usefixtures("painter", "library")
def test_ask_writes_the_pictures_that_were_asked_for(
    run: Airmed, airmed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    told = json.loads(run("ask", "two brain MRIs of a glioma, seed 3", "--json").out)
    files = [Path(picture["file"]) for picture in told["pictures"]]
    assert [path.name for path in files] == [f"airmed-brain_mri-glioma-diffusion-3-{number}.png" for number in range(2)]
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.is_relative_to(tmp_path) for path in files)
    assert not list(airmed.pictures_dir.rglob(f"{told['pictures'][0]['name']}.png"))


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({}, "The patient is a patient."),
        ({"age": 60, "sex": "M"}, "The patient is a 60-year-old male."),
        (
            {"age": 30, "sex": "female", "pregnant": True, "conditions": ["asthma", "migraine"], "allergies": ["nuts"]},
            "The patient is a 30-year-old female; is pregnant; with asthma, migraine; is allergic to nuts.",
        ),
        ({"medications": ["ibuprofen"]}, "The patient is a patient; takes ibuprofen."),
    ],
)
def test_a_record_becomes_a_sentence(tmp_path: Path, record: Row, sentence: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record))
    assert background(path) == sentence


@pytest.mark.parametrize("content", ["{", "[]", '{"age": "old"}', '{"conditions": "asthma"}', '{"allergies": [1]}'])
def test_a_record_of_another_form_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"record\.json"):
        background(path)


# validate -----------------------------------------------------------------------------------------


def test_the_shipped_knowledge_has_no_fault(run: Airmed) -> None:
    said = run("validate", "--json")
    told = json.loads(said.out)
    assert list(told) == ["faults", "findings", "rules", "medicines"]
    assert (said.code, said.err, told["faults"]) == (0, "", [])
    assert (told["findings"], told["rules"]) == (len(lexicon()), len(rules()))


def test_a_fault_in_the_knowledge_is_told_with_exit_code_2(run: Airmed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.validate.check_articles", lambda root: ["gout.md: the source is missing"])
    said = run("validate")
    assert said.code == 2 and said.err == "gout.md: the source is missing\n"


# check and plans ------------------------------------------------------------------------------------


EMPTY_BUNDLE = {"resourceType": "Bundle", "type": "collection"}


def rows_of(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_medicine_is_checked_against_a_record(run: Airmed, tmp_path: Path) -> None:
    record = {"age": 70, "sex": "F", "medications": ["warfarin"]}
    said = run("check", rows_of(tmp_path, {"id": 7, "record": record, "candidate": "ibuprofin"}))
    told = json.loads(said.out)
    assert (told["id"], told["verdict"], told["read_as"]) == (7, "avoid", ["Ibuprofen"])
    assert {"rule", "kind", "reason", "source"} <= told["findings"][0].keys()
    assert told["findings"][0]["source"].startswith("https://")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"id": 1, "record": {"age": -1}, "candidate": "ibuprofen"}, "age of the record is '-1'"),
        ({"id": 1, "record": "none", "candidate": "ibuprofen"}, 'needs a "record"'),
        ({"id": 1, "record": {}}, 'a row needs "id", "candidate"'),
        (
            {"id": 1, "record": {"resourceType": "Bundle", "type": "collection"}, "candidate": "x"},
            "0 resources Patient",
        ),
    ],
)
def test_a_record_that_cannot_be_is_one_line(
    row: dict[str, object], sentence: str, run: Airmed, tmp_path: Path
) -> None:
    said = run("check", rows_of(tmp_path, row))
    assert is_one_line(said) and sentence in said.err


def test_what_is_unknown_is_said_and_not_called_safe(run: Airmed, tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path,
        {"id": 1, "record": {"age": 40}, "candidate": "zorbamol"},
        {"id": 2, "record": {"age": 40, "medications": ["zorbamol"]}, "candidate": "amoxicillin"},
        {"id": 3, "record": {"age": 40}, "candidate": "amoxicillin 500 mg three times a day"},
    )
    told = [json.loads(line) for line in run("check", rows).out.splitlines()]
    assert [one["verdict"] for one in told] == ["caution", "caution", "ok"]
    assert [one["findings"][0]["kind"] for one in told[:2]] == ["unknown", "unknown"]


def test_plans_are_drafted_as_rows_and_as_bundles(run: Airmed, tmp_path: Path) -> None:
    rows = rows_of(tmp_path, {"id": "p", "record": {"age": 62, "sex": "M", "conditions": ["type 2 diabetes", "I10"]}})
    told = json.loads(run("generate", "plan", rows).out)
    assert told["status"] == "draft, not signed" and len(told["drafts"]) == 3
    assert {"kind", "name"} <= told["drafts"][0]["items"][0].keys() and told["drafts"][0]["why"]
    bundle = json.loads(run("generate", "plan", rows, "--fhir", "--count", 1).out)["drafts"][0]
    assert bundle["resourceType"] == "Bundle"
