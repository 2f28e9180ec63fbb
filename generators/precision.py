"""Where networks learn, and in what precision: a GPU where there is one, half precision where it is in silicon."""

from __future__ import annotations

from functools import cache

import torch


@cache
def place() -> torch.device:
    """Where training runs; generating needs no GPU and stays on the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_precision(device: torch.device) -> torch.autocast:
    """A context in which convolutions and products run in bfloat16, on a GPU or a CPU with AVX512-BF16 or AMX.

    There they are twice as fast; on other CPUs they are far slower, so that single precision stays.
    """
    able = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda" or able)
