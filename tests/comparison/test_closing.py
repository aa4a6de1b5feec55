"""A comparison that was closed."""

from __future__ import annotations

import numpy as np
import pytest

from ipyscribe import AudioArray, Comparison
from ipyscribe.errors import SessionStateError


def test_closing_ends_a_comparison_for_good() -> None:
    sound = AudioArray(np.zeros(16_000, np.int16), 16_000)
    both = Comparison(["u3-rt-pro", "whisper-rt"], source=sound, endpoint="local")
    both.close()
    with pytest.raises(SessionStateError, match="was closed"):
        both.start()
