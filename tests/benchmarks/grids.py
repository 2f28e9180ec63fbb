"""Draw what every image family makes of every label beside real pictures, for the README.

    python -m tests.benchmarks.grids

The pictures are the first ones of seed 0, as they come: none was chosen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from generators.images.catalogue import known
from generators.images.datasets import ImageSet, load
from generators.images.pictures import SIDE
from generators.images.synthesis import FAMILIES, Pixels, Request, generate

DOCS = Path(__file__).parents[2] / "docs"
EACH = 4  # pictures of a label
MARGIN, HEAD = 96, 28  # pixels for the names of rows and columns
INK, PAPER = 40, 255


def main() -> None:
    """One picture for each dataset."""
    for name in known():
        drawn(load(name)).save(DOCS / f"{name}.webp", quality=80, method=6)


def drawn(images: ImageSet) -> Image.Image:
    """Rows are the real pictures and the families, columns the labels."""
    rows = {"real": [_real(images, number) for number in range(len(images.labels))]}
    for family in FAMILIES:
        rows[family] = [_made(images.name, label, family) for label in images.labels]
    sheet = Image.new("L", (MARGIN + len(images.labels) * EACH * SIDE, HEAD + len(rows) * SIDE), PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for column, label in enumerate(images.labels):
        pen.text((MARGIN + column * EACH * SIDE + 6, 4), label.replace("_", " "), INK, font)
    for row, (name, blocks) in enumerate(rows.items()):
        top = HEAD + row * SIDE
        pen.text((6, top + SIDE // 2 - 10), name, INK, font)
        strip = np.concatenate([picture for block in blocks for picture in block], 1)
        sheet.paste(Image.fromarray(strip), (MARGIN, top))
    return sheet


def _real(images: ImageSet, label: int) -> Pixels:
    own = images.val.of(label)
    return own[np.linspace(0, len(own) - 1, EACH).astype(int)]


def _made(dataset: str, label: str, family: str) -> Pixels:
    return np.concatenate(list(generate(Request(dataset, (label,), family, EACH))))


if __name__ == "__main__":
    main()
