"""What was unequal is named."""

from __future__ import annotations

from ipyscribe.metrics import conditions

FAIR = {"format_turns": True, "chunk_ms": 50, "server": "edge", "order": "at once", "dropped_ms": 0}


def test_a_fair_comparison_has_no_notes() -> None:
    assert conditions({"a": FAIR, "b": dict(FAIR), "c": dict(FAIR)}) == ()
    assert conditions({}) == conditions({"a": FAIR}) == ()


def test_each_inequality_is_named_with_its_values() -> None:
    unequal = conditions({"a": FAIR, "b": FAIR | {"format_turns": False, "chunk_ms": 100, "mood": "good"}})
    assert [unequal.condition for unequal in unequal] == ["format_turns", "chunk_ms", "mood"]
    assert unequal[0].values == (("a", True), ("b", False))
    assert str(unequal[1]) == "chunk_ms: a 50, b 100 (half a chunk is part of every latency)"
    assert str(unequal[2]) == "mood: a not stated, b good"


def test_dropped_audio_is_reported_even_where_all_lanes_dropped_the_same() -> None:
    (unequal,) = conditions({"a": FAIR | {"dropped_ms": 40}, "b": FAIR | {"dropped_ms": 40}})
    assert unequal.condition == "dropped_ms"
