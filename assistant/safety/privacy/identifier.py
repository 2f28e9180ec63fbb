"""What identifies a person in a text, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["name", "phone", "email", "birthdate", "address", "id", "card", "link", "ip"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A piece of a text.

    Attributes:
        kind: `id` is a number or account that stands for a person: of a record, an insurance, a messenger.
        start, end: Its place in the text.
    """

    kind: Kind
    start: int
    end: int
    text: str
