"""How a molecule is written for the networks: SELFIES, cut into the fragments that come most often.

Every string of SELFIES is a valid molecule (Krenn et al. 2020, doi:10.1088/2632-2153/aba947), so that whatever a
network writes is one. Byte-pair encoding over its symbols makes a molecule of the MOSES set seven or eight tokens long
in place of 34, and a network that writes token by token five times as fast.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import selfies
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from generators.errors import ModelFilesError, StructureError
from generators.weights import mend

FILE = "notation.json"
END = 0  # also fills what comes after it, and stands before the first token
FIRST_LETTER = 0x4E00  # a symbol of SELFIES is one letter for the tokenizer, from here on
LONGEST = 40  # tokens
Numbers = npt.NDArray[np.int16]


class Notation:
    """Molecules as rows of token numbers, and back."""

    def __init__(self, symbols: Sequence[str], tokenizer: Tokenizer) -> None:
        """Symbols of SELFIES in the order of their letters, and the tokenizer of those letters."""
        self.symbols, self.tokenizer = tuple(symbols), tokenizer
        self._letters = {symbol: chr(FIRST_LETTER + place) for place, symbol in enumerate(symbols)}

    @classmethod
    def learn(cls, molecules: Iterable[str], size: int = 1000) -> Notation:
        """The notation that makes these molecules (SMILES) shortest with so many tokens."""
        written = [list(selfies.split_selfies(selfies.encoder(smiles))) for smiles in molecules]
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
        """SMILES to token numbers [N,L], each row closed and filled with `END`.

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
            return "".join(self._letters[symbol] for symbol in selfies.split_selfies(selfies.encoder(smiles)))
        except (selfies.EncoderError, KeyError) as error:
            raise StructureError(f"{smiles} has a part that the model never saw: {error}.") from error

    def decode(self, numbers: Numbers) -> list[str]:
        """Token numbers [N,L] to SMILES, each up to its first `END`."""
        return [self._read(row) for row in numbers.tolist()]

    def _read(self, row: list[int]) -> str:
        tokens = row[: row.index(END)] if END in row else row
        letters = "".join(self.tokenizer.id_to_token(token) or "" for token in tokens)
        return str(selfies.decoder("".join(self.symbols[ord(letter) - FIRST_LETTER] for letter in letters)))

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
