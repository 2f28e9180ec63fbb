from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.errors import ModelFilesError, RequestError
from generators.images.autoencoder import Autoencoder
from generators.images.controls import Controls
from generators.images.synthesis import FAMILIES, MOST, Request, generate, interpolate


def pictures(request: Request) -> np.ndarray:
    return np.concatenate(list(generate(request)))


@pytest.mark.parametrize("model", FAMILIES)
def test_a_seed_gives_the_same_pictures_whatever_the_count(model: str, models: Path) -> None:
    many = pictures(Request("discs", ("clear",), model, 5, 3, models=models))
    few = pictures(Request("discs", ("clear",), model, 2, 3, models=models))
    other = pictures(Request("discs", ("clear",), model, 2, 4, models=models))
    assert many.shape == (5, 128, 128) and many.dtype == np.uint8
    assert np.abs(many[:2].astype(int) - few).max() <= 6  # half precision rounds by the size of a portion
    assert (many[0] != many[1]).any() and (few[0] != other[0]).any()


@pytest.mark.parametrize("model", FAMILIES)
def test_a_label_changes_the_picture(model: str, models: Path) -> None:
    one, other = (pictures(Request("discs", (name,), model, 1, 1, models=models)) for name in ("clear", "spotted"))
    assert (one != other).any()


def test_the_first_portion_is_one_picture(models: Path) -> None:
    assert [len(portion) for portion in generate(Request("discs", model="gan", count=20, models=models))] == [
        1,
        8,
        8,
        3,
    ]


def test_labels_take_turns(models: Path) -> None:
    request = Request("plates", model="gan", count=4, models=models)
    assert [request.label_of(number).finding for number in range(4)] == ["clear", "spotted", "clear", "spotted"]
    assert {label.dataset for label in request.findings} == {"plates"}


def test_a_way_leads_from_one_picture_to_the_next(models: Path) -> None:
    request = Request("discs", ("clear",), "gan", 2, 5, models=models)
    way, ends = np.concatenate(list(interpolate(request, 5))), pictures(request)
    assert len(way) == 5
    for place, end in ((0, 0), (-1, 1)):
        assert np.abs(way[place].astype(int) - ends[end]).max() <= 6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"count": 0}, "count is 0; give a number of pictures from 1 to 100,000."),
        ({"count": 1_000_000}, "count is 1000000; give a number of pictures from 1 to 100,000."),
        ({"seed": -1}, "seed is -1"),
        ({"model": "magic"}, "There is no model 'magic'; choose one of vae, gan, diffusion, fast."),
        ({"dataset": "knees"}, "gan knows no dataset 'knees'; choose one of discs, plates."),
        ({"labels": ("broken",)}, "discs has no label 'broken'; choose one of clear, spotted."),
    ],
)
def test_what_cannot_be_made_is_one_sentence(change: dict[str, object], sentence: str, models: Path) -> None:
    asked = {"dataset": "discs", "model": "gan", "models": models} | change
    with pytest.raises(RequestError) as found:
        pictures(Request(**asked))  # type: ignore[arg-type]
    assert sentence in str(found.value) and "\n" not in str(found.value)


@settings(max_examples=30)
@given(st.integers())
def test_any_count_is_taken_or_refused(count: int) -> None:
    if 1 <= count <= MOST:
        assert Request("discs", count=count).count == count
    else:
        with pytest.raises(RequestError):
            Request("discs", count=count)


def test_truncation_and_guidance_do_something(models: Path) -> None:
    calm, held = Controls(truncation=0.5), Controls(guidance=4)
    for model, controls in (("gan", calm), ("vae", calm), ("diffusion", held)):
        plain = pictures(Request("discs", ("spotted",), model, 1, 2, models=models))
        assert (plain != pictures(Request("discs", ("spotted",), model, 1, 2, controls, models))).any()


def test_the_fast_mode_is_the_same_under_any_control(models: Path) -> None:
    turned = Request("discs", ("spotted",), "fast", 1, 2, Controls(guidance=4, steps=30), models)
    assert (pictures(turned) == pictures(Request("discs", ("spotted",), "fast", 1, 2, models=models))).all()


def test_a_model_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelFilesError, match="train it with: airmed train image --model gan"):
        pictures(Request("discs", model="gan", models=tmp_path))


def test_diffusers_loads_and_runs_the_folder(models: Path) -> None:
    loaded = DiffusionPipeline.from_pretrained(models / "diffusion", low_cpu_mem_usage=False)
    assert isinstance(loaded.vae, Autoencoder)
    loaded.set_progress_bar_config(disable=True)
    random = torch.Generator().manual_seed(0)
    labels = loaded.get_label_ids(["discs/spotted"])
    made = loaded(labels, guidance_scale=2.0, num_inference_steps=4, generator=random).images
    assert made[0].size == (128, 128) and made[0].mode == "L"
