"""The weights in the repository are what they are said to be, and do what they are for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from generators import weights
from generators.images import trained
from generators.images.atlas import open_atlas, to_tensor
from generators.images.reader import Reader, logits_and_features
from generators.images.synthesis import FAMILIES, Request, autoencoder, generate
from knowledge.wheels import sha256


def test_every_weight_file_is_pinned_and_all_are_small() -> None:
    files = {str(path.relative_to(trained.SHIPPED)) for path in trained.SHIPPED.rglob("*.safetensors")}
    assert files == weights.digests(trained.SHIPPED).keys()
    assert all(sha256(trained.SHIPPED / name) == wanted for name, wanted in weights.digests(trained.SHIPPED).items())
    assert sum((trained.SHIPPED / name).stat().st_size for name in files) <= 35e6


def test_no_configuration_tells_of_the_machine_that_trained_it() -> None:
    for path in trained.SHIPPED.rglob("config.json"):
        assert not json.loads(path.read_text(encoding="utf-8")).get("_name_or_path"), path


def test_every_model_has_a_card() -> None:
    for path in trained.SHIPPED.rglob("*.safetensors"):
        cards = [folder / "README.md" for folder in path.parents if folder.is_relative_to(trained.SHIPPED)]
        assert any(card.is_file() for card in cards), path


@pytest.mark.parametrize(("dataset", "most"), [("chest_xray", 0.05), ("chest_ct", 0.065), ("brain_mri", 0.065)])
def test_the_autoencoder_rebuilds_pictures_it_never_saw(dataset: str, most: float, shared_data: Path) -> None:
    images = open_atlas([dataset], shared_data / "images").images("val")[::8]
    with torch.no_grad():
        rebuilt = autoencoder().decode(autoencoder().encode(images).latent_dist.mean).sample
    assert (rebuilt - images).abs().mean() < most


@pytest.mark.parametrize("family", FAMILIES)
def test_the_classifier_recognises_what_a_family_makes(family: str) -> None:
    reader, labels = weights.load(Reader, trained.folder_of("reader")), trained.labels(trained.folder_of("reader"))
    examinations = reader.group_of.unique().tolist()
    right = []
    for group in examinations:
        own = [label for label, of in zip(labels, reader.group_of.tolist(), strict=True) if of == group]
        wanted = Request(own[0].dataset, tuple(label.finding for label in own), family, count=4 * len(own))
        pictures = to_tensor(np.concatenate(list(generate(wanted))))
        logits, _ = logits_and_features(reader, pictures)
        assert (reader.examination(logits) == group).float().mean() > 0.9
        found = reader.probabilities(logits, group).argmax(1)
        right += [labels.index(wanted.label_of(n)) - labels.index(own[0]) == int(found[n]) for n in range(len(found))]
    assert np.mean(right) > 0.5  # a third by chance
