"""The VAE: a molecule to a point of a space in which neighbours are alike, and from any point a molecule.

The objective is L = L_recon + lambda L_KL (for molecules Gomez-Bombarelli et al. 2018, doi:10.1021/acscentsci.7b00572).
The encoder is recurrent; the decoder is a small causal transformer that writes token by token (for molecules compare
Bagal et al. 2021, doi:10.1021/acs.jcim.1c00600), and is told the latents and the properties that are wanted, or that
nothing is: each is hidden at random while it learns, so that any of them can be left open.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from generators.molecules.notation import END, LONGEST, Notation
from generators.precision import half_precision
from generators.training import Trainee, average, set_rate

SHARES = 4  # of a batch, by length, so that little is computed for what is only filled up
HEADS = 8


class Block(nn.Module):
    """Attention to the tokens before, then two layers, each beside the identity (Vaswani et al. 2017, 1706.03762)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask, self.answer = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, features: Tensor, memory: Tensor | None = None) -> Tensor:
        """[N,L,width] to the same shape; or, with a `memory`, one place [N,width] to the same shape.

        A memory [2,L,N,width] holds the keys and values of the places before; those of this one are put last in it.
        """
        asked = self.ask(self.first(features))
        features = features + self.answer(_found(asked) if memory is None else _found_last(asked, memory))
        thought: Tensor = self.think(self.second(features))
        return features + thought


def _found(asked: Tensor) -> Tensor:
    """What every place finds in those before: queries, keys and values [N,L,3*width] to [N,L,width]."""
    query, key, value = asked.unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    scores = query @ key.transpose(2, 3) * query.shape[3] ** -0.5  # fused attention is slower on rows so short
    chances = scores.masked_fill(_later(asked), -torch.inf).float().softmax(3).to(value.dtype)
    found: Tensor = (chances @ value).transpose(1, 2).flatten(2)
    return found


def _found_last(asked: Tensor, memory: Tensor) -> Tensor:
    """What one place finds in those before and in itself, [N,3*width] to [N,width]; see `Block.forward`."""
    query, memory[0, -1], memory[1, -1] = asked.chunk(3, 1)
    heads = query.unflatten(1, (HEADS, -1))
    keys, values = memory.unflatten(3, (HEADS, -1))
    scores = (keys * heads).sum(3) * heads.shape[2] ** -0.5  # twice as fast here as products of matrices
    found: Tensor = (scores.softmax(0)[..., None] * values).sum(0).flatten(1)
    return found


def _later(features: Tensor) -> Tensor:
    """What a place must not see: [L,L], true for what comes after it."""
    length = features.shape[1]
    return torch.ones(length, length, dtype=torch.bool, device=features.device).triu(1)


class MoleculeVAE(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Tokens [N,L] to a Gaussian over latents [N,Z], and latents with wanted properties [N,P] to tokens.

    Properties are numbers of about 0 on average and deviation 1; one that is left open is NaN.
    """

    @register_to_config
    def __init__(
        self,
        tokens: int,
        properties: int,
        latent: int = 64,
        embedded: int = 192,
        seeing: int = 448,
        writing: int = 256,
        depth: int = 4,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.read = nn.Embedding(tokens, embedded)
        self.encoder = nn.GRU(embedded, seeing, batch_first=True)
        self.posterior = nn.Linear(seeing, 2 * latent)
        self.written = nn.Embedding(tokens, writing)
        self.places = nn.Parameter(0.02 * torch.randn(LONGEST + 1, writing))
        self.tell = nn.Sequential(
            nn.Linear(latent + 2 * properties, writing), nn.GELU(), nn.Linear(writing, (depth + 1) * writing)
        )
        self.blocks = nn.ModuleList([Block(writing) for _ in range(depth)])
        self.next = nn.Sequential(nn.LayerNorm(writing), nn.Linear(writing, tokens))
        nn.init.normal_(self.written.weight, std=0.5)

    def encode(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the latents, [N,Z] each."""
        states, _ = self.encoder(self.read(tokens))
        last = states[torch.arange(len(tokens)), _lengths(tokens) - 1]
        mean, logvar = self.posterior(last).float().chunk(2, 1)
        return mean, logvar.clamp(-10, 4)

    def forward(self, latents: Tensor, wanted: Tensor, tokens: Tensor) -> Tensor:
        """Scores of the next token at every place of tokens [N,L] that stand for what was written before: [N,L,T]."""
        told = self._told(latents, wanted)[:, :, None]
        features = self.written(tokens) + self.places[: tokens.shape[1]] + told[0]
        for block, hint in zip(self.blocks, told[1:], strict=True):
            features = block(features + hint)
        scores: Tensor = self.next(features)
        return scores

    def _told(self, latents: Tensor, wanted: Tensor) -> Tensor:
        """What the first layer and each block go by, [1+depth,N,width]: latents, properties, and which are open."""
        is_open = wanted.isnan()
        told = self.tell(torch.cat([latents, wanted.nan_to_num(0.0), is_open.float()], 1))
        return torch.stack(told.chunk(len(self.blocks) + 1, 1))

    def _following(self, told: Tensor, tokens: Tensor, memory: Tensor) -> Tensor:
        """Scores [N,T] of what comes after tokens [N], which take the last place of a `memory` [depth,2,L,N,width]."""
        features = self.written(tokens) + self.places[memory.shape[2] - 1] + told[0]
        for block, hint, kept in zip(self.blocks, told[1:], memory, strict=True):
            features = block(features + hint, kept)
        scores: Tensor = self.next(features)
        return scores.float()

    def memory(self, number: int) -> Tensor:
        """Room for what is remembered while so many molecules are written; see `write`."""
        return torch.empty(len(self.blocks), 2, LONGEST, number, self.places.shape[1], device=self.places.device)

    @torch.no_grad()
    def write(
        self, latents: Tensor, wanted: Tensor, chance: torch.Generator | None, memory: Tensor | None = None
    ) -> Tensor:
        """Tokens [N,L] drawn one after the other by `chance`; the likeliest where it is None.

        Who writes again and again gives the same `memory` each time: to make it anew takes a twentieth of the time.
        """
        written = torch.full((len(latents), LONGEST), END)
        told = self._told(latents, wanted)
        memory = self.memory(len(latents)) if memory is None else memory
        rows, tokens = torch.arange(len(latents)), written[:, 0].clone()
        for place in range(LONGEST):
            kept = memory[:, :, : place + 1, : len(rows)]
            with half_precision(latents.device):
                scores = self._following(told, tokens, kept)
            tokens = _drawn(scores, chance) if chance else scores.argmax(1)
            written[rows, place] = tokens
            going = tokens != END
            left = int(going.sum())
            if not left:
                break
            _close_up(going, (rows, 0), (tokens, 0), (told, 1), (kept, 3))
            rows, tokens, told = rows[:left], tokens[:left], told[:, :left]
        return written[:, : place + 1]


def _close_up(going: Tensor, *parts: tuple[Tensor, int]) -> None:
    """Move the last rows that go on to the places of the first that do not; of each part, along a dimension."""
    left = int(going.sum())
    places, last = (~going[:left]).nonzero()[:, 0], left + going[left:].nonzero()[:, 0]
    for part, dimension in parts:
        part.index_copy_(dimension, places, part.index_select(dimension, last))


def _lengths(tokens: Tensor) -> Tensor:
    """Of each row with its first `END`."""
    return (tokens != END).sum(1) + 1


def _drawn(scores: Tensor, chance: torch.Generator) -> Tensor:
    """One number of each row [N,T] by its chances: where a point drawn evenly falls when they are laid end to end."""
    ends = scores.softmax(1).cumsum(1, dtype=torch.float64)
    points = torch.rand(len(scores), 1, generator=chance, dtype=torch.float64, device=scores.device) * ends[:, -1:]
    return torch.searchsorted(ends, points, right=True)[:, 0].clamp(max=scores.shape[1] - 1)


@dataclass(frozen=True)
class Recipe:
    """How the VAE learns.

    Attributes:
        kl: Lambda of L = L_recon + lambda L_KL, both in nats a molecule.
        warm: The share of training over which lambda grows from nothing.
        open: How often each property is left open, and how often all are.
    """

    rate: float = 2e-3
    kl: float = 0.8
    warm: float = 0.1
    open: float = 0.5


class VAETrainee(Trainee):
    """The VAE with its average."""

    def __init__(self, network: MoleculeVAE, notation: Notation, recipe: Recipe) -> None:
        super().__init__()
        self.recipe, self.network, self._notation = recipe, network, notation
        self.averaged = average(network, 0.999)
        self.optimisers = {"network": torch.optim.AdamW(network.parameters(), recipe.rate, weight_decay=1e-3)}

    def step(self, examples: Tensor, labels: Tensor, progress: float) -> Mapping[str, float]:
        """Learn from tokens [N,L] and their properties [N,P]."""
        set_rate(self.optimisers["network"], self.recipe.rate, progress)
        weight = self.recipe.kl * min(1.0, progress / self.recipe.warm)
        order = _lengths(examples).argsort()
        totals = torch.zeros(2, device=examples.device)
        self.optimisers["network"].zero_grad(set_to_none=True)
        for share in order.chunk(SHARES):
            tokens = examples[share, : int(_lengths(examples[share]).max())].long()
            error, divergence = self._losses(tokens, labels[share])
            ((error + weight * divergence).sum() / len(examples)).backward()
            totals += torch.stack([error.detach().sum(), divergence.detach().sum()]) / len(examples)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimisers["network"].step()
        self.averaged.update_parameters(self.network)
        return {"recon": totals[0].item(), "kl": totals[1].item()}

    def _losses(self, tokens: Tensor, properties: Tensor) -> tuple[Tensor, Tensor]:
        """Nats of each molecule [N] that rebuilding and the latents cost."""
        with half_precision(tokens.device):
            mean, logvar = self.network.encode(tokens)
            latents = mean + (0.5 * logvar).exp() * torch.randn_like(mean)
            before = functional.pad(tokens[:, :-1], (1, 0), value=END)
            scores = self.network(latents, self._some(properties), before).float()
        nats = functional.cross_entropy(scores.transpose(1, 2), tokens, reduction="none")
        inside = torch.arange(tokens.shape[1], device=tokens.device) < _lengths(tokens)[:, None]
        divergence = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).sum(1)
        return (nats * inside).sum(1), divergence

    def _some(self, properties: Tensor) -> Tensor:
        """Properties with some left open."""
        each = torch.rand(properties.shape, device=properties.device) < self.recipe.open
        every = torch.rand(len(properties), 1, device=properties.device) < self.recipe.open
        return properties.masked_fill(each | every, torch.nan)

    def show(self, folder: Path, seen: int) -> None:
        """See the base class."""
        chance = torch.Generator().manual_seed(0)
        latents = torch.randn(50, self.network.latent, generator=chance)
        free = torch.full((50, self.network.config.properties), torch.nan)
        writer = copy.deepcopy(self.learned).cpu()  # as it will write once it is trained
        molecules = self._notation.decode(writer.write(latents, free, chance).numpy())
        (folder / f"samples_{seen:09d}.smi").write_text("\n".join(molecules) + "\n", encoding="utf-8")
