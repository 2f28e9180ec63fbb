from __future__ import annotations

from pathlib import Path

import pytest
import torch
from rdkit import Chem

from generators.errors import HazardError, ModelFilesError, RequestError
from generators.molecules import alerts, drugs, trained
from generators.molecules.design import Search, encoded
from generators.molecules.goals import Goal, Target
from generators.molecules.hazards import hazard_of
from generators.molecules.proposals import MET, Brief, proposals, search, to_csv, to_sdf, to_svg, warm
from generators.molecules.synthesis import Request, generate
from tests.generators.molecules.small import SMILES

FENTANYL = "CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_a_seed_decides_what_is_generated(model: str, models: Path) -> None:
    one, same = (list(generate(Request(model, 30, 3, models=models))) for _ in range(2))
    other = list(generate(Request(model, 30, 4, models=models)))
    assert one == same != other and len(one) == 30
    assert all(Chem.MolFromSmiles(smiles) is not None for smiles in one)


@pytest.mark.parametrize(
    "fields", [{"count": 0}, {"count": 10_000_000}, {"seed": -1}, {"model": "gpt"}, {"seed": 2**31}]
)
def test_bad_requests_are_one_sentence(fields: dict[str, int | str]) -> None:
    with pytest.raises(RequestError) as found:
        Request(**fields)  # type: ignore[arg-type]
    assert "\n" not in str(found.value)


def test_a_missing_model_says_how_to_train_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFilesError, match="airmed train molecules --model vae"):
        next(generate(Request(models=tmp_path)))


def test_a_search_gets_better_and_stops(models: Path) -> None:
    goal = Goal(tuple(map(Target.parse, ("weight=440..450", "tpsa=110..115", "logp=4..4.2"))))
    running = Search(goal.score, 0, models=models)
    steps = list(running.run(SMILES, 700))
    best = [step.best[0].score for step in steps[1:]]
    assert best == sorted(best) and best[-1] > best[0] + 0.2
    assert not steps[0].best and steps[0].calls == 0 < steps[1].calls
    assert steps[-1].calls == 700 == len(running.scored)
    assert len({one.smiles for one in steps[-1].best}) == len(steps[-1].best)


def test_hazards_are_never_scored(models: Path) -> None:
    running = Search(lambda molecule: 1.0, 0, models=models)
    list(running.run([FENTANYL, *SMILES], 300))
    assert Chem.CanonSmiles(FENTANYL) not in running.scored
    assert not any(hazard_of(Chem.MolFromSmiles(smiles)) for smiles in running.scored)


def test_proposals_tell_all_that_is_known(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.molecules.proposals.was_learned", lambda smiles: False)
    ibuprofen = Chem.MolFromSmiles(SMILES[0])
    brief = Brief(Goal((Target.parse("logp<3"),), near=ibuprofen), count=5, calls=300, models=models)
    *_, last = search(brief)
    made = proposals(brief, last)
    assert len(made) == 5 and Chem.CanonSmiles(SMILES[0]) not in {one.smiles for one in made}
    assert made[0].score >= made[-1].score > 0 and made[0].is_new and made[0].notes
    assert to_csv(made).count("\r\n") == 6 and to_sdf(made).count("$$$$") == 5
    assert to_svg(made[0].smiles).lstrip().startswith("<?xml")


def test_the_first_search_finds_everything_read(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "SHIPPED", models)
    monkeypatch.setattr("generators.molecules.proposals.was_learned", lambda smiles: False)
    read = (trained.vae, drugs._prints, alerts._catalogue)
    for one in read:
        one.cache_clear()
    warm()
    assert all(one.cache_info().currsize for one in read)
    trained.vae.cache_clear()


def test_latents_are_those_of_one_by_one_and_what_cannot_be_read_is_left_out(models: Path) -> None:
    together = encoded([SMILES[0], "[Xe]", *SMILES[1:]], models)
    alone = torch.cat([encoded([smiles], models) for smiles in SMILES])
    assert torch.allclose(together, alone, atol=1e-5) and encoded(["[Xe]"], models).shape == (0, 8)


def test_a_scaffold_stays(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.molecules.proposals.was_learned", lambda smiles: False)
    scaffold = Chem.MolFromSmiles("O=S(=O)(N1CCOCC1)c1ccccc1")
    brief = Brief(Goal((Target.parse("qed>0.7"),), scaffold=scaffold), count=5, calls=400, models=models)
    *_, last = search(brief)
    made = [Chem.MolFromSmiles(one.smiles) for one in proposals(brief, last)]
    assert made and all(molecule.HasSubstructMatch(scaffold) for molecule in made)


def test_a_brief_that_cannot_be_met_is_refused(models: Path) -> None:
    with pytest.raises(HazardError, match="fentanyls"):
        Brief(Goal(near=Chem.MolFromSmiles(FENTANYL)))
    for count, calls in ((0, 100), (1000, 2000), (10, 5), (10, 10**6)):
        with pytest.raises(RequestError):
            Brief(Goal(), count, calls=calls)


def test_a_search_ends_once_plenty_meet_the_goal(models: Path) -> None:
    brief = Brief(Goal((Target.parse("weight=50..800"),)), 2, 0, calls=5000, models=models)
    *_, last = search(brief)
    assert last.calls < 1000 and all(one.score >= MET for one in last.best[:4])
