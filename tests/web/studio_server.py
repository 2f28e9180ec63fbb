"""Serves the page with the image models of a folder and without the doctor, who takes long to open and is not needed.

    python -m tests.web.studio_server FOLDER

`write_models` makes such a folder: networks of the right form that have learned nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest.mock import patch


def write_models(folder: Path) -> None:
    """Every family with the autoencoder, and a classifier that finds every picture familiar."""
    import torch

    from generators.images import trained
    from generators.images.atlas import Label
    from generators.images.autoencoder import Autoencoder
    from generators.images.catalogue import known
    from generators.images.diffusion import new_denoiser
    from generators.images.gan import Generator
    from generators.images.reader import Reader
    from generators.images.vae import LatentVAE

    torch.manual_seed(0)
    labels = [Label(dataset, finding) for dataset, described in known().items() for finding in described.labels]
    groups = [number for number, described in enumerate(known().values()) for _ in described.labels]
    networks = {
        "vae": LatentVAE(classes=len(labels), width=16),
        "gan": Generator(classes=len(labels), widths=(32, 32, 16)),
        "diffusion/vae": Autoencoder(),
        "diffusion/transformer": new_denoiser(len(labels), widths=(32, 64), depth=1),
        "fast": new_denoiser(len(labels), widths=(32, 64), depth=1),
    }
    for name, network in networks.items():
        trained.save(network, labels, folder / name)
    trained.write_labels(labels, folder / "diffusion")
    reader = Reader(groups=groups, width=16)
    reader.familiarity.limit.fill_(1e6)
    reader.save_pretrained(folder / "reader")
    trained.write_labels(labels, folder / "reader")


def main() -> None:
    """Serve until interrupted; what Gradio stores goes into the folder too."""
    folder = Path(sys.argv[1])
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "gradio")
    import app

    with patch("generators.images.trained.SHIPPED", folder), patch("assistant.web.desk.open_doctor"):
        app.main()


if __name__ == "__main__":
    main()
