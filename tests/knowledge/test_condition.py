"""The format of an article: the shipped ones keep it, and each fault is one error that names its field."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.condition import (
    CHINESE_HEADINGS,
    CONDITION_HEADINGS,
    ArticleError,
    Condition,
    Topic,
    load_article,
)
from knowledge.corpus import own_documents
from knowledge.validate import check_articles

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
FRONT: dict[str, Any] = {
    "id": "test-ache",
    "name": "Test ache",
    "synonyms": {"lay": ["sore test"], "clinical": ["testalgia"], "zh": ["测试痛"]},
    "icd10cm": ["R51.9"],
    "urgency": "routine",
    "system": "brain and nerves",
    "prevalence": {"per_100k": 100, "ages": [0, 0.5, 1, 1, 1, 1], "female": 0.5},
    "findings": [{"id": name, "p": 0.5} for name in ("headache", "nausea", "fever", "cough", "fatigue")],
    "red_flags": [{"finding": "sudden pain", "level": "emergency", "why": "A bleed is possible."}],
    "risk_factors": ["stress"],
    "tests": [{"name": "No test", "why": "The story is enough."}],
    "treatments": [
        {"name": "Rest", "kind": "self_care", "note": "It eases pain."},
        {"name": "Ibuprofen", "kind": "medicine", "note": "It eases pain."},
    ],
    "contraindications": [{"treatment": "Ibuprofen", "when": "ulcer", "why": "It can bleed."}],
    "sources": [
        {"publisher": "NHS", "title": "Headaches", "url": "https://www.nhs.uk/conditions/headaches/"},
        {"publisher": "CDC", "title": "Headaches", "url": "https://www.cdc.gov/headaches/"},
    ],
}
BODY = "".join(f"## {heading}\nThe ache passes with rest.\n\n" for heading in CONDITION_HEADINGS)
CHINESE_BODY = "".join(f"## {heading}\n休息后会好。\n\n" for heading in CHINESE_HEADINGS)
Change = Callable[[dict[str, Any]], object]


def write(root: Path, change: Change = lambda front: None, body: str = BODY, folder: str = "conditions") -> Path:
    """A valid article and its Chinese version, with one change in the front matter or the prose."""
    front = copy.deepcopy(FRONT)
    change(front)
    path = root / folder / "test-ache.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\n\n{body}", encoding="utf-8")
    path.with_name("test-ache.zh.md").write_text(CHINESE_BODY, encoding="utf-8")
    return path


def test_every_shipped_article_is_valid() -> None:
    assert check_articles(KNOWLEDGE) == []


@pytest.mark.parametrize(("folder", "kind", "least"), [("conditions", Condition, 300), ("topics", Topic, 20)])
def test_enough_articles_each_with_a_chinese_version(folder: str, kind: type[Topic], least: int) -> None:
    articles = [load_article(path) for path in (KNOWLEDGE / folder).glob("*.md")]
    english = [article.about for article in articles if article.language == "en"]
    full = {about.id for about in english if not (isinstance(about, Condition) and about.brief)}
    chinese = {article.about.id for article in articles if article.language == "zh"}
    assert len(full) >= least
    assert full == chinese
    assert {type(article.about) for article in articles} == {kind}


def test_a_valid_article_is_read_whole(tmp_path: Path) -> None:
    article = load_article(write(tmp_path))
    assert isinstance(article.about, Condition)
    assert article.about.model_dump(mode="json", exclude={"audience"}) == Condition.model_validate(FRONT).model_dump(
        mode="json", exclude={"audience"}
    )
    assert article.about.audience == "everyone"
    assert tuple(article.sections) == CONDITION_HEADINGS
    assert set(article.sections.values()) == {"The ache passes with rest."}
    assert (article.language, article.url) == ("en", FRONT["sources"][0]["url"])
    assert check_articles(tmp_path) == []


def test_a_translation_takes_its_front_matter_from_the_original(tmp_path: Path) -> None:
    article = load_article(write(tmp_path).with_name("test-ache.zh.md"))
    assert (article.language, article.about.id, tuple(article.sections)) == ("zh", "test-ache", CHINESE_HEADINGS)


def _set(*keys: str | int, to: object) -> Change:
    def change(front: dict[str, Any]) -> None:
        place: Any = front
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to

    return change


FAULTS: dict[str, Change] = {
    "name": lambda front: front.pop("name"),
    "synonyms.lay": _set("synonyms", "lay", to=[]),
    "synonyms.zh": lambda front: front["synonyms"].pop("zh"),
    "icd10cm: Field required": lambda front: front.pop("icd10cm"),
    "icd10cm.0": _set("icd10cm", to=["R519"]),
    "urgency": _set("urgency", to="soon"),
    "urgencey": _set("urgencey", to="routine"),
    "audience": _set("audience", to="cats"),
    "findings.2.p": _set("findings", 2, "p", to=1.5),
    "findings.3.p": _set("findings", 3, "p", to=0),
    "findings.1.id": _set("findings", 1, "id", to="Sore Throat"),
    "findings: ": lambda front: front["findings"].pop(),
    "findings named twice: fatigue": _set("findings", 0, "id", to="fatigue"),
    "prevalence.per_100k": _set("prevalence", "per_100k", to=0),
    "prevalence: ": _set("prevalence", "ages", to=[0, 0, 0, 0, 0, 0]),
    "prevalence.female": _set("prevalence", "female", to=2),
    "red_flags: ": _set("red_flags", to=[]),
    "red_flags.0.level": _set("red_flags", 0, "level", to="routine"),
    "red_flags.0.why": lambda front: front["red_flags"][0].pop("why"),
    "risk_factors": _set("risk_factors", to=[]),
    "tests": lambda front: front.pop("tests"),
    "treatments: ": _set("treatments", to=[]),
    "treatments.1.kind": _set("treatments", 1, "kind", to="magic"),
    "contraindications.0.when": _set("contraindications", 0, "when", to=""),
    "sources: ": lambda front: front["sources"].pop(),
    "sources.1.publisher": _set("sources", 1, "publisher", to="A blog"),
    "sources.0.url": _set("sources", 0, "url", to="nhs"),
    "id: ": _set("id", to="other-ache"),
}


@pytest.mark.parametrize("field", FAULTS)
def test_each_fault_of_the_front_matter_is_one_error_that_names_the_field(tmp_path: Path, field: str) -> None:
    path = write(tmp_path, FAULTS[field])
    with pytest.raises(ArticleError) as error:
        load_article(path)
    message = str(error.value)
    assert message.startswith(f"{path.name}: ")
    assert field in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"---\nname: [\n---\n## A\nb\n", "front matter"),
        (b"---\n- a\n---\n## A\nb\n", "front matter: not a mapping"),
        (b"---\nname: x\n## A\nb\n", "not closed"),
        (b"\xff\xfe", "UTF-8"),
        (f"---\n{yaml.safe_dump(FRONT)}---\nno heading\n".encode(), "no section"),
        (f"---\n{yaml.safe_dump(FRONT)}---\n## Signs\n\n## Causes\nb\n".encode(), "section 'Signs' is empty"),
        (b"", "id"),
    ],
)
def test_a_file_in_another_form_is_one_error(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "test-ache.md"
    path.write_bytes(content)
    with pytest.raises(ArticleError) as error:
        load_article(path)
    assert str(error.value).startswith(f"{path.name}: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_an_article_error(tmp_path: Path) -> None:
    (tmp_path / "test-ache.zh.md").write_text(CHINESE_BODY, encoding="utf-8")
    with pytest.raises(ArticleError, match=r"test-ache\.md"):
        load_article(tmp_path / "test-ache.zh.md")


CHECKS: dict[str, tuple[Change, str]] = {
    "R99.99 is not an ICD-10-CM code": (_set("icd10cm", to=["R99.99"]), BODY),
    "nhs.uk.example.com": (_set("sources", 0, "url", to="https://nhs.uk.example.com/x"), BODY),
    "two different publishers": (lambda front: front["sources"].__setitem__(1, front["sources"][0]), BODY),
    "headings": (lambda front: None, BODY.replace("## Causes", "## Reasons")),
    "opens with a pronoun": (lambda front: None, BODY.replace("The ache", "- It", 1)),
    "findings.0.p": (_set("findings", 0, "p", to=2), BODY),
}


@pytest.mark.parametrize("words", CHECKS)
def test_the_validator_says_each_fault_in_one_sentence(tmp_path: Path, words: str) -> None:
    change, body = CHECKS[words]
    write(tmp_path, change, body)
    faults = check_articles(tmp_path)
    english = [fault for fault in faults if fault.startswith("test-ache.md: ") or words == "findings.0.p"]
    assert english == faults
    assert any(words in fault for fault in english)


def test_the_validator_misses_no_chinese_version(tmp_path: Path) -> None:
    chinese = write(tmp_path).with_name("test-ache.zh.md")
    chinese.write_text(CHINESE_BODY.replace(CHINESE_HEADINGS[0], "别的"), encoding="utf-8")
    assert [fault.partition(" are ")[0] for fault in check_articles(tmp_path)] == ["test-ache.zh.md: headings"]
    chinese.unlink()
    assert check_articles(tmp_path) == ["test-ache.md: the Chinese version test-ache.zh.md is missing"]


def test_shipped_articles_become_documents_in_both_languages() -> None:
    documents = {document.id: document for document in own_documents()}
    assert documents["migraine"].title == "Migraine"
    assert documents["migraine.zh"].title == "偏头痛"
    assert "sick headache" in documents["migraine"].aliases
    assert all(document.url.startswith("http") and document.publisher for document in documents.values())
