from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.errors import RequestError
from generators.images.controls import Controls


@given(st.floats(), st.floats(), st.integers())
def test_controls_out_of_range_are_refused(truncation: float, guidance: float, steps: int) -> None:
    fits = 0.3 <= truncation <= 1.2 and 1 <= guidance <= 5 and 4 <= steps <= 100
    if fits:
        Controls(truncation, guidance, steps)
    else:
        with pytest.raises(RequestError, match="give a number from"):
            Controls(truncation, guidance, steps)
