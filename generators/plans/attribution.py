"""Which facts of a record drove an item: integrated gradients of the model (Sundararajan et al. 2017, 1703.01365)."""

from __future__ import annotations

import torch
from captum.attr import IntegratedGradients

from generators.plans.trained import PlanModel
from generators.plans.vocabulary import Case
from knowledge.corpus import conditions

STEPS = 16
MOST = 3  # facts that are told


def drivers(trained: PlanModel, case: Case, item: str) -> tuple[tuple[str, float], ...]:
    """The facts that raised the score of an item most, each with its share in nats; none where it was never learned.

    They start from a record without any fact, at the middle of the latent space.
    """
    if item not in trained.vocabulary.items:
        return ()
    facts = torch.from_numpy(trained.vocabulary.of_cases([case]))
    latents = torch.zeros(1, trained.network.latent)
    asked = IntegratedGradients(lambda rows: trained.network(rows, latents.expand(len(rows), -1)))
    place = trained.vocabulary.items.index(item)
    found = asked.attribute(facts, target=place, n_steps=STEPS)[0]
    order = [int(number) for number in found.argsort(descending=True)[:MOST] if found[number] > 0]
    return tuple((trained.vocabulary.facts[number], float(found[number])) for number in order)


def worded(fact: str) -> str:
    """A fact as it is told, such as `has asthma`, `eGFR below 45`, `age 60 to 69`."""
    kind, _, value = fact.partition(":")
    if kind in ("has", "had"):
        named = {one.id: one.name.lower() for one in conditions()}
        return f"{kind} {named.get(value, value)}"
    if kind == "age" and value.isdigit():
        return f"age {value} to {int(value) + 9}"
    if kind == "egfr":
        return f"eGFR below {value}"
    plain = {"sex": "", "age": ""}.get(kind, f"{kind} ")
    return f"{plain}{value.replace('_', ' ').replace('=', ': ')}" if value else kind
