"""A GPU that is lent for the time of a call: on a ZeroGPU Space, where the package `spaces` is installed.

Everywhere else generating stays on the CPU, where the same seed gives the same picture on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import ParamSpec, TypeVar

import torch

LENDER = "spaces"
Given = ParamSpec("Given")
Made = TypeVar("Made")


def borrows_gpu(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """A function or generator function that has a GPU while it runs, where one is lent."""
    if not find_spec(LENDER):
        return function
    borrowing: Callable[Given, Made] = import_module(LENDER).GPU(function)
    return borrowing


def lent() -> torch.device:
    """Where generating runs now."""
    return torch.device("cuda" if find_spec(LENDER) and torch.cuda.is_available() else "cpu")


def announce() -> None:
    """Show the lender who will borrow; it wants to know before the page is launched."""
    if find_spec(LENDER):
        import_module("generators.images.synthesis")
