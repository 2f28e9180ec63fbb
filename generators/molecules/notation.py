"""How a molecule is written for the networks: SMILES, cut into the fragments that come most often.

Of the two notations, SELFIES can write nothing but molecules (Krenn et al. 2020, doi:10.1088/2632-2153/aba947), and
SMILES can be wrong. We measured both: a network that slips in SELFIES writes a strange molecule, one that slips in
SMILES mostly writes none, which is found out and drawn again, so that what remains is closer to real molecules (as
Skinnider 2024 found, doi:10.1038/s42256-024-00821-x). Byte-pair encoding makes a molecule of the MOSES set eight tokens
long in place of 36, and a network that writes token by token four times as fast.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from generators.errors import ModelFilesError, StructureError
from generators.weights import mend

FILE = "notation.json"
END = 0  # also fills what comes after it, and stands before the first token
FIRST_LETTER = 0x4E00  # a symbol is one letter for the tokenizer, from here on
LONGEST = 48  # tokens
SYMBOL = re.compile(r"\[[^\]]*\]|Br|Cl|%\d\d|.")  # an atom, a bond, a bracket or the number of a ring
Numbers = npt.NDArray[np.int16]


class Notation:
    """Molecules as rows of token numbers, and back."""

    def __init__(self, symbols: Sequence[str], tokenizer: Tokenizer) -> None:
        """Symbols of SMILES in the order of their letters, and the tokenizer of those letters."""
        self.symbols, self.tokenizer = tuple(symbols), tokenizer
        self._letters = {symbol: chr(FIRST_LETTER + place) for place, symbol in enumerate(symbols)}

    @classmethod
    def learn(cls, molecules: Iterable[str], size: int = 400) -> Notation:
        """The notation that makes these molecules (SMILES) shortest with so many tokens."""
        written = [SYMBOL.findall(smiles) for smiles in molecules]
        symbols = sorted({symbol for one in written for symbol in one})
        tokenizer = Tokenizer(BPE())
        notation = cls(symbols, tokenizer)
        words = ("".join(notation._letters[symbol] for symbol in one) for one in written)
        alphabet = list(notation._letters.values())
        trainer = BpeTrainer(vocab_size=size, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False)
        tokenizer.train_from_iterator(words, trainer)
        return notation

    def __len__(self) -> int:
        """Of tokens, the end counted."""
        return int(self.tokenizer.get_vocab_size())

    def encode(self, molecules: Sequence[str]) -> Numbers:
        """Canonical SMILES to token numbers [N,L], each row closed and filled with `END`.

        Raises:
            StructureError: One has a symbol that the notation never saw, or is too long.
        """
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch([self._word(one) for one in molecules])]
        if (longest := max(map(len, rows), default=0)) >= LONGEST:
            raise StructureError(
                f"A molecule takes {longest} tokens; the longest that the model can read takes {LONGEST - 1}."
            )
        numbers = np.full((len(rows), longest + 1), END, np.int16)
        for place, row in enumerate(rows):
            numbers[place, : len(row)] = row
        return numbers

    def _word(self, smiles: str) -> str:
        try:
            return "".join(self._letters[symbol] for symbol in SYMBOL.findall(smiles))
        except KeyError as error:
            raise StructureError(f"{smiles} has a part that the model never saw: {error}.") from error

    def decode(self, numbers: Numbers) -> list[str]:
        """Token numbers [N,L] to strings, each up to its first `END`; not every one is a molecule."""
        return [self._read(row) for row in numbers.tolist()]

    def _read(self, row: list[int]) -> str:
        return "".join(map(self._pieces.__getitem__, row[: row.index(END)] if END in row else row))

    @cached_property
    def _pieces(self) -> tuple[str, ...]:
        """What each token stands for; nothing for `END`."""
        letters = [self.tokenizer.id_to_token(token) or "" for token in range(END + 1, len(self))]
        return "", *("".join(self.symbols[ord(letter) - FIRST_LETTER] for letter in one) for one in letters)

    def save(self, folder: Path) -> None:
        """Write it as one JSON file."""
        text = json.dumps({"symbols": self.symbols, "tokenizer": json.loads(self.tokenizer.to_str())})
        (folder / FILE).write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Notation:
        """Read it again.

        Raises:
            ModelFilesError: The file is missing or damaged.
        """
        try:
            kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls(kept["symbols"], Tokenizer.from_str(json.dumps(kept["tokenizer"])))
        except Exception as error:  # the tokenizer raises no type of its own
            raise ModelFilesError(f"{folder / FILE} cannot be read; {mend(folder)}") from error
