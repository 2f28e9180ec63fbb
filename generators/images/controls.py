"""What can be chosen while generating, and what is made unless told otherwise.

Whoever offers the choice reads it without a model or a library, so that `airmed --help` does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from generators.errors import RequestError

USUAL_FAMILY = "diffusion"


@dataclass(frozen=True)
class Controls:
    """What can be turned while generating.

    Attributes:
        truncation: Scales the noise of VAE and GAN, 0.3 to 1.2: less is more typical, more is more varied.
        guidance: How strongly diffusion is held to the label, 1 to 5 (Ho and Salimans 2022, arXiv 2207.12598); at 1 it
            takes half as long.
        steps: Of diffusion's solver, 4 to 100; the fast mode always takes four, and no guidance.
    """

    truncation: float = 1.0
    guidance: float = 1.25
    steps: int = 12

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            RequestError: One is out of range.
        """
        for name, value, least, most in (
            ("truncation", self.truncation, 0.3, 1.2),
            ("guidance", self.guidance, 1, 5),
            ("steps", self.steps, 4, 100),
        ):
            if not least <= value <= most:
                raise RequestError(f"{name} is {value}; give a number from {least} to {most}.")


USUAL_CONTROLS = Controls()
