from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from generators.images.analyst import heated
from generators.images.atlas import Atlas
from generators.images.reader import Reader, ReaderTrainee, calibrate, logits_and_features, turned, views
from generators.training import Plan, fit


def learned(atlas: Atlas, folder: Path) -> Reader:
    torch.manual_seed(0)
    trainee = ReaderTrainee(Reader(groups=atlas.groups, width=8))
    fit(trainee, atlas.images("train"), atlas.numbers("train"), Plan(5000, 16), folder)
    network: Reader = trainee.learned
    return network


def test_a_classifier_learns_finds_the_examination_and_knows_what_is_strange(atlas: Atlas, tmp_path: Path) -> None:
    only = Atlas(atlas.sets[:1])
    network = learned(only, tmp_path)
    images, labels = only.images("val"), only.numbers("val")
    logits, _ = logits_and_features(network, images)
    assert (logits.argmax(1) == labels).float().mean() > 0.9
    network.familiarity.learn(views(network, only.images("train")), only.numbers("train"), views(network, images))
    strange = network.familiarity(views(network, torch.cat([images, torch.randn(8, 1, 128, 128), -images])))
    assert (strange[: len(images)] <= 1).float().mean() > 0.9
    assert strange[len(images) : len(images) + 8].min() > 1


def test_calibration_lowers_the_loss_and_keeps_the_order(atlas: Atlas) -> None:
    torch.manual_seed(0)
    network = Reader(groups=atlas.groups, width=8).eval()
    network.last.weight.data *= 50  # far too sure
    images, labels = atlas.images("val"), atlas.numbers("val")
    logits, _ = logits_and_features(network, images)
    before = network.probabilities(logits, 0)
    calibrate(network, images, labels)
    after = network.probabilities(logits, 0)
    assert after.shape == (len(images), 2) and torch.allclose(after.sum(1), torch.ones(len(images)))
    assert network.temperature[0] > 1 and (before.argmax(1) == after.argmax(1)).all()


def test_the_examination_is_that_of_most_probability() -> None:
    network = Reader(groups=[0, 0, 1, 1], width=8)
    logits = torch.tensor([[2.0, 2.0, 2.5, -9.0], [0.0, 0.0, 5.0, 0.0]])
    assert network.examination(logits).tolist() == [0, 1]


def test_variation_keeps_shape_and_changes_each_picture_by_itself() -> None:
    torch.manual_seed(0)
    images = torch.rand(2, 1, 128, 128)[:1].repeat(2, 1, 1, 1)
    varied = turned(images)
    assert varied.shape == images.shape and not torch.allclose(varied[0], varied[1], atol=0.05)


def test_heat_lies_only_where_it_looked() -> None:
    pixels = np.full((128, 128), 100, np.uint8)
    saliency = np.zeros((128, 128), np.float32)
    saliency[:64] = 1
    shown = np.asarray(heated(pixels, saliency)).astype(int)
    assert (shown[64:] == 100).all()
    assert (shown[:64, :, 0] > shown[:64, :, 2]).all()
