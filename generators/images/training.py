"""What the trainings of the image models share: pictures to look at while they learn, and pictures moved a little."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generators.training import Trainee


class PictureTrainee(Trainee):
    """A trainee whose samples are pictures."""

    @abstractmethod
    def sample(self) -> Tensor:
        """Pictures to look at while it trains: [N,1,H,W] in -1..1."""

    def show(self, folder: Path, seen: int) -> None:
        """See the base class."""
        save_grid(self.sample().cpu(), folder / f"samples_{seen:07d}.png")


def moved(images: Tensor, most: int, mode: str) -> Tensor:
    """Each image [N,C,H,W] moved by its own random amounts up to `most`; `mode` is how the border comes in."""
    number, _, height, width = images.shape
    padded = functional.pad(images, (most,) * 4, mode=mode)
    down, across = torch.randint(0, 2 * most + 1, (2, number, 1), device=images.device)
    rows, columns = (torch.arange(size, device=images.device) for size in (height, width))
    one = torch.arange(number, device=images.device)[:, None, None]
    return padded[one, :, (down + rows)[:, :, None], (across + columns)[:, None]].permute(0, 3, 1, 2)


def save_grid(pictures: Tensor, path: Path, columns: int = 8) -> None:
    """Write pictures [N,1,H,W] in -1..1 as one PNG, row by row."""
    rows = [torch.cat(list(row[:, 0]), 1) for row in pictures.split(columns) if len(row) == columns]
    grid = ((torch.cat(rows) + 1) * 127.5).clamp(0, 255).round().to(torch.uint8)
    Image.fromarray(grid.numpy()).save(path)
