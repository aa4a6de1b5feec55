"""A budget counts what is really paid: the base price and the add-ons that the settings switch on."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.errors import ParameterError
from ipyscribe.protocol import find_model, models
from ipyscribe.protocol.budget import budget_of
from ipyscribe.protocol.model import simulated
from ipyscribe.protocol.pricing import ADD_ONS, RateSchedule, hourly_price, priced

ON: dict[str, Any] = {
    "speaker_labels": True,
    "keyterms_prompt": ["NADH"],
    "domain": "medical-v1",
    "redact_pii": True,
    "voice_focus": "near-field",
}
OFF: dict[str, Any] = {"speaker_labels": False, "keyterms_prompt": [], "redact_pii": False}
# US dollars an hour by family as the sources give them, written down a second time on purpose.
CHARGES = {
    "speaker_labels": {"u3": 0.12, "english": 0.12, "multilingual": 0.12, "whisper": 0.0},
    "keyterms_prompt": {"u3": 0.0, "english": 0.04, "multilingual": 0.04, "whisper": 0.0},
    "domain": {"u3": 0.15, "english": 0.15, "multilingual": 0.15, "whisper": 0.15},
    "redact_pii": {"u3": 0.12, "english": 0.12, "multilingual": 0.12, "whisper": 0.0},
    "voice_focus": {"u3": 0.10, "english": 0.0, "multilingual": 0.0, "whisper": 0.0},
}
PRICED = [model for model in models() if model.price_per_hour_usd and not model.local]
SETS = [names for size in (0, 1, 2, 5) for names in combinations(ON, size)]


@pytest.mark.parametrize("names", SETS, ids="+".join)
@pytest.mark.parametrize("model", PRICED, ids=lambda model: model.name)
def test_a_budget_ends_where_the_true_price_reaches_it(model: Any, names: tuple[str, ...]) -> None:
    settings = OFF | {name: ON[name] for name in names}
    hourly = model.price_per_hour_usd + sum(CHARGES[name][model.family] for name in names)
    budget = budget_of(model, 1.0, None, settings)
    assert budget.seconds is not None
    assert budget.seconds * hourly / 3600 == pytest.approx(1.0, rel=1e-9)
    assert not budget.spent(budget.seconds - 1)
    assert budget.spent(budget.seconds + 1e-6)


def test_english_with_speakers_and_key_terms_does_not_spend_twice_the_limit() -> None:
    budget = budget_of(find_model("universal-streaming-english"), 1.0, None, ON | {"domain": None, "redact_pii": False})
    assert budget.seconds == pytest.approx(3600 / 0.31)


def test_the_price_says_what_it_is_made_of() -> None:
    price = hourly_price(find_model("universal-streaming-english"), {"speaker_labels": True, "keyterms_prompt": ["x"]})
    assert str(price) == "$0.31/h while open ($0.15 + speaker labels $0.12 + key terms $0.04)"
    assert str(hourly_price(find_model("universal-3-6-pro"), ON | OFF)) == (
        "$0.70/h while open ($0.45 + medical domain $0.15 + voice focus $0.10)"
    )


def test_nothing_is_charged_on_this_computer() -> None:
    for model in (find_model("local-whisper-tiny.en"), simulated(find_model("u3-rt-pro"))):
        assert str(hourly_price(model, ON)) == "free"
        assert budget_of(model, 0.01, None, ON).seconds is None


def test_a_price_that_is_not_known_can_be_given() -> None:
    model = find_model("assemblyai-stt-3-7-realtime")
    assert hourly_price(model, ON) is None
    with pytest.raises(ParameterError, match="the price of assemblyai-stt-3-7-realtime is not known") as caught:
        budget_of(model, 1.0, None, {})
    assert "price_per_hour_usd" in caught.value.advice
    budget = budget_of(model, 1.0, None, {"speaker_labels": True}, price_per_hour_usd=0.5)
    assert budget.seconds == pytest.approx(3600 / 0.62)
    assert priced(model, {}, 0.5).price == "$0.50/h while open (corrected)"


def test_every_add_on_says_where_it_was_read() -> None:
    assert ADD_ONS.keys() == ON.keys()
    assert all(add_on.source and add_on.as_of.startswith("2026-") and add_on.certainty for add_on in ADD_ONS.values())


def test_an_add_on_that_is_switched_on_counts_from_then() -> None:
    rates = RateSchedule.constant(0.15).changed(3600, 0.19)
    assert rates.cost_usd(3600) == pytest.approx(0.15)
    assert rates.cost_usd(7200) == pytest.approx(0.34)
    budget = budget_of(find_model("universal-streaming-english"), 0.34, 100_000.0, {}).at_rates(rates)
    assert budget.seconds == pytest.approx(7200)
    assert rates.changed(5000, 0.19) is rates
    assert rates.changed(7200, 0.15).usd_per_hour == 0.15


@given(st.lists(st.tuples(st.floats(0.1, 5000), st.floats(0, 2)), max_size=6), st.floats(0.001, 5))
def test_a_limit_is_reached_exactly_when_it_is_spent(changes: list[tuple[float, float]], limit_usd: float) -> None:
    rates = RateSchedule.constant(0.45)
    at_s = 0.0
    for after_s, usd_per_hour in changes:
        at_s += after_s
        rates = rates.changed(at_s, usd_per_hour)
    open_s = rates.open_s_for(limit_usd)
    if open_s == float("inf"):
        assert rates.cost_usd(at_s + 1) <= limit_usd + 1e-9
    else:
        assert rates.cost_usd(open_s) == pytest.approx(limit_usd, rel=1e-6)
