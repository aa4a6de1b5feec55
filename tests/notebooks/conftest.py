from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from ipyscribe.audio import sample_path


@pytest.fixture(scope="module")
def short_clip() -> Callable[[Path, float], Path]:
    """Write the first seconds of the sample to a file."""

    def write(path: Path, seconds: float) -> Path:
        sound, rate = soundfile.read(sample_path(), stop=round(16_000 * seconds))
        soundfile.write(path, sound, rate)
        return path

    return write
