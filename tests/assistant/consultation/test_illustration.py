from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assistant.consultation.illustration import illustrate
from assistant.events import Pictured, event_from
from assistant.locales import languages
from assistant.safety.evidence import Evidence
from assistant.visit import Visit
from generators.errors import ModelFilesError
from generators.images.synthetic import is_synthetic_png

ENGLISH = Visit("en", "gb")
MANY = "40 brain MRIs of a glioma with the GAN, and a chest CT"


def drawn(wish: str, visit: Visit = ENGLISH) -> tuple[Evidence, list[Pictured]]:
    told: list[dict[str, Any]] = []
    evidence = illustrate(wish, visit, told.append)
    events = [event_from(data) for data in told]
    return evidence, [event for event in events if isinstance(event, Pictured)]


@pytest.mark.usefixtures("painter")
def test_pictures_are_told_as_they_come_and_listed_in_the_evidence() -> None:
    evidence, told = drawn("three CTs with a malignant nodule, diffusion, seed 7")
    assert [(event.number, event.count) for event in told] == [(0, 3), (1, 3), (2, 3)]
    assert tuple(event.picture for event in told) == evidence.pictures
    assert evidence.pictures[2].file == "airmed-chest_ct-malignant-diffusion-7-2.png"
    assert {picture.caption for picture in evidence.pictures} == {"Chest CT, malignant nodule (synthetic)"}


@pytest.mark.usefixtures("painter")
def test_every_picture_is_marked_and_has_a_name_that_nobody_guesses() -> None:
    _, told = drawn("12 chest x-rays")
    names = {event.picture.name for event in told}
    assert len(names) == 12 and all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
    assert all(is_synthetic_png(Image.open(io.BytesIO(event.png)).info) for event in told)


@pytest.mark.usefixtures("painter")
def test_plain_pneumonia_is_both_in_turn() -> None:
    _, told = drawn("four chest x-rays with pneumonia")
    captions = [event.picture.caption for event in told]
    assert captions == ["Chest X-ray, bacterial pneumonia (synthetic)", "Chest X-ray, viral pneumonia (synthetic)"] * 2


@pytest.mark.usefixtures("painter")
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("wish", ["a normal chest x-ray", MANY])
def test_the_answer_is_our_own_words_and_cites_the_dataset_alone(language: str, wish: str) -> None:
    evidence, _ = drawn(wish, Visit(language))
    assert evidence.complete and not evidence.statements and not evidence.closing and evidence.opinion is None
    assert [citation.id.partition(":")[0] for citation in evidence.citations] == ["dataset"]
    assert evidence.citations[0].url.startswith("https://doi.org/10.") and evidence.citations[0].publisher
    assert evidence.opening[-1].citation == 0
    assert all("{" not in statement.text for statement in evidence.opening)


@pytest.mark.usefixtures("painter")
def test_the_answer_says_that_the_pictures_show_nobody_and_what_was_left_out() -> None:
    evidence, told = drawn(f"{MANY}, seed 3")
    said = [statement.text for statement in evidence.opening]
    assert len(told) == 12
    assert said[0] == (
        "Here are 12 synthetic pictures made by the GAN, seed 3: brain MRI (glioma). "
        "They show no real patient and are no evidence about your health."
    )
    assert "40" in said[1] and "airmed generate image" in said[1]
    assert said[2:] == [ENGLISH.words.pictures.one_kind, said[-1]]


@pytest.mark.usefixtures("painter")
def test_without_a_seed_every_answer_has_its_own() -> None:
    files = {drawn("a glioma mri")[0].pictures[0].file for _ in range(5)}
    assert len(files) > 1


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("wish", ["knee MRI", "chest x-ray of tuberculosis", "draw something"])
def test_what_no_model_makes_is_told_with_what_there_is(language: str, wish: str) -> None:
    evidence, told = drawn(wish, Visit(language))
    assert not told and not evidence.pictures and not evidence.citations
    (statement,) = evidence.opening
    assert "{" not in statement.text and len(evidence.options) == 3
    assert evidence.complete and not statement.text.rstrip().endswith(("?", "？"))


def test_missing_weights_are_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from generators.images import synthesis

    monkeypatch.setattr("generators.images.trained.SHIPPED", tmp_path)
    synthesis.family.cache_clear()
    with pytest.raises(ModelFilesError, match="airmed train image"):
        drawn("a glioma by the vae")
