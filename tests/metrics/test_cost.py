"""Money."""

from __future__ import annotations

import pytest

from ipyscribe.errors import MetricError, ParameterError
from ipyscribe.metrics import Cost


def test_open_sockets_are_billed_not_speech() -> None:
    cost = Cost(open_s=600, audio_s=300, price_per_hour_usd=0.45)
    assert cost.usd == pytest.approx(0.075)
    assert cost.usd_per_1000_audio_minutes == pytest.approx(15)
    assert Cost(open_s=3600, audio_s=3600, price_per_hour_usd=0.45).usd_per_1000_audio_minutes == pytest.approx(7.5)


def test_a_free_model_and_invalid_values() -> None:
    assert Cost(10, 10, 0).usd == 0
    with pytest.raises(MetricError):
        _ = Cost(10, 0, 0.45).usd_per_1000_audio_minutes
    for numbers in ((-1, 1, 1), (1, float("nan"), 1), (1, 1, float("inf"))):
        with pytest.raises(ParameterError):
            Cost(*numbers)
