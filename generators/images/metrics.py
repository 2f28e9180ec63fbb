"""How good generated images are: true to the real ones, diverse, and no copies of those learned from.

Sets are compared by their features (`generators.images.inception`); everything here takes features of any width, so
that they are computed once. Every number hangs on how many images it is of: compare only what is of the same number.
"""

from __future__ import annotations

import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from math import inf

import numpy as np
import numpy.typing as npt
import torch
from prdc import compute_prdc
from sklearn.metrics import pairwise_distances_argmin_min, roc_auc_score
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from generators.images.inception import Features, Images

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

NEIGHBOURS = 5
FEWEST = NEIGHBOURS + 2  # an image, its neighbours, and the one beyond that prdc looks at
KID_SUBSETS, KID_SUBSET_SIZE = 50, 100
# Wang's five scales need 161 pixels for their window of 11 to fit the coarsest, which at 128 pixels has a side of 8.
# So the first four of his weights, made to sum to one again: at the fourth scale the side is 16.
SCALES = tuple(weight / 0.8667 for weight in (0.0448, 0.2856, 0.3001, 0.2363))
COMPARED_AT_ONCE = 50  # pairs
COPY_NEARNESS, COPY_CORRELATION, COPY_SIDE = 0.01, 0.995, 32


@dataclass(frozen=True)
class Fidelity:
    """How near a generated set is to a real one of the same number.

    Attributes:
        number: Images in each of the sets.
        fid: Frechet distance to the held-out real images; 0 is best (Heusel et al. 2017, arXiv 1706.08500).
        fid_real: The same of real training images, which is what a perfect model would reach.
        fid_ratio: fid_real / fid, infinite where fid is 0; 1 is best (medigan: Osuala et al. 2023, arXiv 2209.14472).
        kid: Squared kernel distance, mean over 50 subsets of min(100, number // 2) images; 0 is best (Binkowski et al.
            2018, arXiv 1801.01401).
        kid_deviation: Standard deviation over the subsets.
        precision: Share of generated images that lie among the real (Kynkaanniemi et al. 2019, arXiv 1904.06991).
        recall: Share of real images that lie among the generated.
        density: As precision, but outliers count little; may exceed 1 (Naeem et al. 2020, arXiv 2002.09797).
        coverage: Share of real images that have a generated one near.
    """

    number: int
    fid: float
    fid_real: float
    fid_ratio: float
    kid: float
    kid_deviation: float
    precision: float
    recall: float
    density: float
    coverage: float


@dataclass(frozen=True)
class Featured:
    """Images with what the network sees in them.

    Attributes:
        images: [N,S,S].
        features: [N,D].
    """

    images: Images
    features: Features


@dataclass(frozen=True)
class Privacy:
    """How much a generated set gives away of the images that were learned from; distances are of features.

    Attributes:
        nearest_ratio: Median distance from a generated image to the nearest training image, over the same of held-out
            images; 1 is as far as new patients are, less is nearer to the training set.
        copies: Share of generated images that are as near to a training image as the nearest 1 % of held-out images
            are, and correlate with it at 0.995 or more, pixel by pixel at 32x32. Where training images resemble each
            other, correlation alone would call new images copies; by nearness it is at most about 1 % of them.
        membership_auc: How well nearness to a generated image tells training from held-out images, as the area under
            the ROC curve; 0.5 is best (Chen et al. 2020, arXiv 1909.03935, full black-box attack).
    """

    nearest_ratio: float
    copies: float
    membership_auc: float


def fidelity(made: Features, real: Features, reference: Features) -> Fidelity:
    """Compare generated images with held-out real ones.

    Args:
        made: Features of generated images, [N,D].
        real: Of held-out real images, [N,D].
        reference: Of real images that the model learned from, [N,D], drawn by a seed.

    Raises:
        ValueError: The sets are not of one shape, or of fewer than 7 images.
    """
    if not made.shape == real.shape == reference.shape or len(made) < FEWEST:
        shapes = f"{made.shape}, {real.shape} and {reference.shape}"
        raise ValueError(f"give three sets of features of one shape and at least {FEWEST} images, not {shapes}")
    fid, fid_real = _frechet(made, real), _frechet(reference, real)
    kid, kid_deviation = _kernel(made, real)
    with redirect_stdout(StringIO()):  # prdc prints the numbers of images
        shares = compute_prdc(real, made, nearest_k=NEIGHBOURS)
    return Fidelity(
        number=len(made),
        fid=fid,
        fid_real=fid_real,
        fid_ratio=fid_real / fid if fid else inf,
        kid=kid,
        kid_deviation=kid_deviation,
        **{name: float(share) for name, share in shares.items()},
    )


def kernel_distance(made: Features, real: Features) -> float:
    """KID alone, of features of any width: [N,D] and [M,D]."""
    return _kernel(made, real)[0]


def diversity(images: Images, labels: npt.ArrayLike, pairs: int = 200, seed: int = 0) -> float:
    """Mean likeness (MS-SSIM) of two random images of a class, 0 to 1; lower is more diverse.

    Say it beside that of the real images: as much likeness as theirs is right (Odena et al. 2017, arXiv 1610.09585).
    Four scales (Wang et al. 2003, Asilomar); pairs are spread evenly over the classes.

    Args:
        images: [N,S,S], S at least 99.
        labels: The class of each.
        pairs: How many are drawn.
        seed: Of the drawing.

    Raises:
        ValueError: No class has two images.
    """
    left, right = _pairs(np.asarray(labels), pairs, np.random.default_rng(seed))
    parts = [
        (left[i : i + COMPARED_AT_ONCE], right[i : i + COMPARED_AT_ONCE]) for i in range(0, pairs, COMPARED_AT_ONCE)
    ]
    return float(torch.cat([_likeness(images[one], images[other]) for one, other in parts]).mean())


def privacy(made: Featured, train: Featured, held_out: Featured) -> Privacy:
    """Look for what generated images give away; held-out images that are in the training set too are left out.

    Without that, a few duplicates in the real data would make "the nearest 1 %" a distance of 0.

    Raises:
        ValueError: Every held-out image is a training image.
    """
    places, usual = _nearest(held_out.features, train.features)
    unseen = (held_out.images != train.images[places]).any((1, 2))
    if not unseen.any():
        raise ValueError("hold out images that are not in the training set: all of these are")
    usual = usual[unseen]
    places, distances = _nearest(made.features, train.features)
    near = distances <= np.quantile(usual, COPY_NEARNESS)
    alike = _correlations(made.images, train.images[places]) >= COPY_CORRELATION
    return Privacy(
        nearest_ratio=float(np.median(distances) / np.median(usual)),
        copies=float((near & alike).mean()),
        membership_auc=_membership(made.features, train.features, held_out.features[unseen]),
    )


class _Given(nn.Module):
    """Stands where torchmetrics expects a network: hands on the features that it is given."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def _frechet(made: Features, real: Features) -> float:
    """FID in double precision, where rounding cannot make it negative."""
    metric = FrechetInceptionDistance(_Given(made.shape[1])).set_dtype(torch.float64)
    metric.update(torch.from_numpy(made).double(), real=False)
    metric.update(torch.from_numpy(real).double(), real=True)
    return max(float(metric.compute()), 0.0)


def _kernel(made: Features, real: Features, seed: int = 0) -> tuple[float, float]:
    """Mean and deviation of KID over subsets drawn by a seed."""
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore", UserWarning)  # that features are kept in memory, where they are anyway
        torch.manual_seed(seed)
        size = min(KID_SUBSET_SIZE, len(made) // 2, len(real) // 2)
        metric = KernelInceptionDistance(_Given(made.shape[1]), subsets=KID_SUBSETS, subset_size=size)
        metric.update(torch.from_numpy(made).double(), real=False)
        metric.update(torch.from_numpy(real).double(), real=True)
        mean, deviation = metric.compute()
    return float(mean), float(deviation)


def _pairs(labels: npt.NDArray[np.generic], number: int, random: np.random.Generator) -> tuple[Places, Places]:
    """Places of the one and the other image of each pair, class by class in turn."""
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    classes = [members for members in classes if len(members) > 1]
    if not classes:
        raise ValueError("give at least two images of a class to compare")
    drawn = [random.choice(classes[pair % len(classes)], 2, replace=False) for pair in range(number)]
    left, right = np.transpose(drawn)
    return left, right


def _likeness(left: Images, right: Images) -> Tensor:
    """MS-SSIM of each pair, [N]."""
    one, other = (torch.from_numpy(images).float().unsqueeze(1) for images in (left, right))
    return multiscale_structural_similarity_index_measure(one, other, data_range=255.0, betas=SCALES, reduction="none")


def _nearest(these: Features, those: Features) -> tuple[Places, Numbers]:
    """Of each of these the place of the nearest of those, and the distance to it."""
    places, distances = pairwise_distances_argmin_min(these, those)
    return places, distances


def _membership(made: Features, train: Features, held_out: Features) -> float:
    _, distances = _nearest(np.concatenate([train, held_out]), made)
    members = np.repeat([1, 0], [len(train), len(held_out)])
    return float(roc_auc_score(members, -distances))


def _correlations(left: Images, right: Images) -> Numbers:
    """Pearson correlation of the pixels of each pair at 32x32, [N]; 0 where an image is of one gray."""
    one, other = (_small(images) for images in (left, right))
    correlations: Numbers = functional.cosine_similarity(one, other).numpy()
    return correlations


def _small(images: Images) -> Tensor:
    """[N,S,S] to [N,1024] about their mean, by averaging over areas."""
    gray = torch.from_numpy(images).double().unsqueeze(1)
    small = functional.interpolate(gray, size=(COPY_SIDE, COPY_SIDE), mode="area").flatten(1)
    return small - small.mean(1, keepdim=True)
