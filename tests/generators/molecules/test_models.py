"""Each model learns: on a few molecules its own measure gets better, and its parts do what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from rdkit import Chem
from torch.nn import functional

from generators.errors import DatasetError, ModelFilesError, RequestError
from generators.molecules import recipes, trained
from generators.molecules.gan import GANTrainee, LatentGenerator
from generators.molecules.gan import Recipe as GANRecipe
from generators.molecules.notation import END, Notation
from generators.molecules.properties import PROPERTIES
from generators.molecules.recipes import Run, train
from generators.molecules.synthesis import Request, generate
from generators.molecules.vae import MoleculeVAE, VAETrainee, _drawn
from generators.molecules.vae import Recipe as VAERecipe
from tests.generators.molecules.small import SMILES

OPEN = torch.full((len(PROPERTIES),), torch.nan)


@pytest.fixture(scope="module")
def learned(notation: Notation) -> VAETrainee:
    """A VAE that knows ten molecules by heart."""
    torch.manual_seed(0)
    network = MoleculeVAE(len(notation), len(PROPERTIES), latent=16, embedded=32, seeing=64, writing=128)
    trainee = VAETrainee(network, notation, VAERecipe(rate=5e-3, kl=0.01))
    tokens = torch.from_numpy(notation.encode(SMILES)).repeat(4, 1)
    properties = OPEN.expand(len(tokens), -1)
    losses = [trainee.step(tokens, properties, 0.2)["recon"] for _ in range(250)]
    assert losses[-1] < losses[0] / 10
    return trainee


def test_the_vae_rebuilds_what_it_learned(learned: VAETrainee, notation: Notation) -> None:
    network = learned.network.eval()
    tokens = torch.from_numpy(notation.encode(SMILES)).long()
    with torch.no_grad():
        mean, logvar = network.encode(tokens)
    again = notation.decode(network.write(mean, OPEN.expand(len(mean), -1), None).numpy())
    assert sum(Chem.CanonSmiles(a) == Chem.CanonSmiles(b) for a, b in zip(again, SMILES, strict=True)) >= 9
    assert (logvar.exp() < 1).float().mean() > 0.5


def test_a_latent_does_not_depend_on_what_stands_beside_it(learned: VAETrainee, notation: Notation) -> None:
    network = learned.network.eval()
    alone = torch.from_numpy(notation.encode(SMILES[:1])).long()
    beside = torch.from_numpy(notation.encode(SMILES)).long()[:1]
    assert alone.shape != beside.shape
    with torch.no_grad():
        assert torch.allclose(network.encode(alone)[0], network.encode(beside)[0], atol=1e-5)


def test_writing_ends_and_a_seed_decides_it(learned: VAETrainee) -> None:
    network = learned.network.eval()
    latents = torch.randn(20, 16, generator=torch.Generator().manual_seed(1))
    one, same, other = (
        network.write(latents, OPEN.expand(20, -1), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, same) and not torch.equal(one, other)
    closed = (one == END).int().cumsum(1).clamp(max=1)
    assert ((one == END) == closed.bool()).all()  # nothing after the end


def test_writing_token_by_token_is_what_was_learned_at_once(learned: VAETrainee) -> None:
    network = learned.network.eval()
    latents = torch.randn(20, 16, generator=torch.Generator().manual_seed(1))
    wanted = OPEN.expand(20, -1)
    tokens = network.write(latents, wanted, None)
    with torch.no_grad():
        scores = network(latents, wanted, functional.pad(tokens[:, :-1], (1, 0), value=END))
    before_end = (tokens == END).int().cumsum(1) - (tokens == END).int() == 0
    chosen = scores.gather(2, tokens[..., None])[..., 0]
    assert ((scores.amax(2) - chosen)[before_end] < 0.1).all()  # half precision may swap two that are as likely


def test_tokens_are_drawn_by_their_chances() -> None:
    chances = torch.tensor([[0.5, 0.0, 0.3, 0.2], [0.0, 0.0, 0.0, 1.0], [0.01, 0.09, 0.9, 0.0]])
    drawn = _drawn(chances.log().repeat(20_000, 1), torch.Generator().manual_seed(0)).view(-1, 3)
    found = functional.one_hot(drawn, 4).float().mean(0)
    assert torch.allclose(found, chances, atol=0.01) and (found[chances == 0] == 0).all()


def test_a_row_is_written_alike_alone_and_among_others_that_end_sooner(learned: VAETrainee, notation: Notation) -> None:
    network = learned.network.eval()
    with torch.no_grad():
        latents, _ = network.encode(torch.from_numpy(notation.encode(SMILES)).long())
    among = network.write(latents, OPEN.expand(len(latents), -1), None)
    ends = {int((row != END).sum()) for row in among}
    assert len(ends) > 3
    for row, latent in zip(among, latents, strict=True):
        alone = network.write(latent[None], OPEN[None], None)[0]
        assert torch.equal(alone, row[: len(alone)]) and not row[len(alone) :].any()


def test_a_model_that_writes_no_molecule_says_so(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.molecules.synthesis.written", lambda *_: ["C(", ""])
    with pytest.raises(ModelFilesError, match="train it longer"):
        list(generate(Request("vae", 1, models=models)))


def test_properties_are_left_open_at_random(learned: VAETrainee) -> None:
    some = learned._some(torch.zeros(4000, len(PROPERTIES)))
    assert 0.7 < some.isnan().float().mean() < 0.8
    assert 0.4 < some.isnan().all(1).float().mean() < 0.6


def test_the_gan_finds_where_latents_lie() -> None:
    torch.manual_seed(0)
    trainee = GANTrainee(LatentGenerator(latent=4, width=64, depth=1), GANRecipe(rate=2e-3))
    centre = torch.tensor([2.0, -1.0, 0.0, 1.0])
    moments = torch.cat([centre + 0.3 * torch.randn(2000, 4), torch.full((2000, 4), 0.1)], 1).half()
    for step in range(200):
        trainee.step(moments[torch.randint(2000, (64,))], torch.zeros(64), step / 200)
    with torch.no_grad():
        made = trainee.learned(torch.randn(1000, 4))
    assert (made.mean(0) - centre).abs().max() < 0.4 and made.std(0).max() < 0.8


def test_both_models_train_from_one_command(tmp_path: Path) -> None:
    source = tmp_path / "mine.csv"
    source.write_text("\n".join(["smiles", *(SMILES * 100)]) + "\n", encoding="utf-8")
    for model in ("vae", "gan"):
        train(Run(model, str(source), tmp_path / "models", examples=4096))
        assert json.loads((tmp_path / "models" / model / "training.json").read_text())["molecules"] == 4096
        assert len(list(generate(Request(model, 5, models=tmp_path / "models")))) == 5
    assert list((tmp_path / "models" / "vae" / "training").glob("samples_*.smi"))
    trained.vae.cache_clear()


@pytest.mark.parametrize(
    ("fields", "told"), [({"model": "gpt"}, "no model"), ({"examples": -1}, "number of molecules")]
)
def test_bad_runs_are_one_sentence(fields: dict[str, int | str], told: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=told):
        Run(**({"model": "vae", "source": "moses", "models": tmp_path} | fields))  # type: ignore[arg-type]


def test_too_few_molecules_are_told(tmp_path: Path) -> None:
    source = tmp_path / "few.csv"
    source.write_text("smiles\nCCO\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="holds 1 molecules; a model needs 1000"):
        train(Run("vae", str(source), tmp_path))


def test_every_recipe_has_a_batch() -> None:
    assert recipes.EXAMPLES.keys() == recipes.BATCHES.keys() == recipes.SCHOOLS.keys() == set(trained.MODELS)
