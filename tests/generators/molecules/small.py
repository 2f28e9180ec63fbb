"""A small VAE and GAN that learned nothing: what is tested with them is the way, not the molecules."""

from __future__ import annotations

from pathlib import Path

import torch

from generators import weights
from generators.molecules.gan import LatentGenerator
from generators.molecules.notation import Notation
from generators.molecules.properties import PROPERTIES
from generators.molecules.vae import MoleculeVAE

SMILES = (
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCN(Cc2ccc(NC(=O)c3ccccc3)cc2)CC1",
    "Cc1ccc(S(=O)(=O)N2CCOCC2)cc1",
    "COc1ccc(CC(=O)NCc2cccnc2)cc1",
    "CC(=O)Nc1ccc(O)cc1",
    "O=C(NC1CC1)c1cc2ccccc2[nH]1",
    "Clc1ccccc1CN1CCSCC1",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "CCOC(=O)c1ccc(N)cc1",
)


def small_notation() -> Notation:
    """What the molecules are written with."""
    return Notation.learn(SMILES * 4, size=80)


def write_models(folder: Path) -> Path:
    """Write both models."""
    notation = small_notation()
    torch.manual_seed(0)
    vae = MoleculeVAE(tokens=len(notation), properties=len(PROPERTIES), latent=8, embedded=16, seeing=16, writing=32)
    weights.save(vae, folder / "vae")
    notation.save(folder / "vae")
    weights.save(LatentGenerator(latent=8, width=16, depth=1), folder / "gan")
    return folder
