"""Telephone sound: G.711 mu-law and A-law bytes as samples."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def decode_g711(codes: bytes, law: Literal["mu", "a"]) -> NDArray[np.float32]:
    """One sample in [-1, 1] for each byte, as ITU-T G.711 expands it to 16 bits."""
    import numpy as np

    return _table(law)[np.frombuffer(codes, np.uint8)]


@lru_cache(maxsize=2)
def _table(law: Literal["mu", "a"]) -> NDArray[np.float32]:
    import numpy as np

    expand = _expand_mu if law == "mu" else _expand_a
    return np.array([expand(code) for code in range(256)], np.float32) / np.float32(32768)


def _expand_mu(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def _expand_a(code: int) -> int:
    code ^= 0x55
    exponent = code >> 4 & 7
    magnitude = ((code & 0x0F) << 4) + 8
    if exponent:
        magnitude = magnitude + 0x100 << exponent - 1
    return magnitude if code & 0x80 else -magnitude
