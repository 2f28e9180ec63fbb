from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from generators.images.training import PictureTrainee
from generators.training import CHECKPOINT, LOG, Plan, average, descend, fit, set_rate


class Line(PictureTrainee):
    """Learns one number, with momentum."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Linear(1, 1)
        self.averaged = average(self.network, 0.9)
        self.optimisers = {"network": torch.optim.Adam(self.network.parameters(), 0.05)}
        self.progress: list[float] = []

    def step(self, images: Tensor, labels: Tensor, progress: float) -> dict[str, float]:
        self.progress.append(progress)
        loss = ((self.network(images) - 2 * images + torch.randn_like(images) * 0.1) ** 2).mean()
        descend(self.optimisers["network"], loss, clip=1.0)
        self.averaged.update_parameters(self.network)
        return {"loss": loss.item()}

    def sample(self) -> Tensor:
        return torch.zeros(16, 1, 4, 4)


def trained(folder: Path, *plans: Plan) -> Line:
    images = torch.linspace(-1, 1, 50)[:, None]
    for plan in plans:
        torch.manual_seed(1)
        line = Line()
        fit(line, images, torch.zeros(50), plan, folder)
    return line


def test_a_run_that_was_cut_off_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", Plan(1200, 4))
    parts = trained(tmp_path / "parts", Plan(400, 4), Plan(1200, 4))
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert parts.progress[0] == pytest.approx(1 / 3)


def test_a_seed_decides_everything(tmp_path: Path) -> None:
    lines = [trained(tmp_path / str(place), Plan(200, 4, seed)) for place, seed in enumerate((3, 3, 4))]
    one, same, other = (line.network.weight for line in lines)
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_log_and_samples_are_kept(tmp_path: Path) -> None:
    trained(tmp_path, Plan(800, 4), Plan(1600, 4))
    rows = list(csv.DictReader((tmp_path / LOG).open()))
    assert [row["seen"] for row in rows] == ["400", "800", "1200", "1600"]
    assert Image.open(tmp_path / "samples_0001600.png").size == (32, 8)
    assert (tmp_path / CHECKPOINT).exists() and not list(tmp_path.glob("*.new"))


def test_learning_follows_the_average(tmp_path: Path) -> None:
    line = trained(tmp_path, Plan(1600, 4))
    assert not line.learned.training
    assert line.learned.weight.item() == pytest.approx(2, abs=0.2)


def test_the_rate_warms_up_and_falls() -> None:
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)

    def rate(progress: float) -> float:
        set_rate(optimiser, 1.0, progress)
        return float(optimiser.param_groups[0]["lr"])

    assert rate(0) == 0 and rate(0.005) == pytest.approx(0.5)
    assert rate(0.01) == pytest.approx(1, abs=0.01)
    assert rate(0.5) == pytest.approx(0.51) and rate(1) == pytest.approx(0.02)
