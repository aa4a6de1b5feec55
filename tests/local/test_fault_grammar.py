"""How a fault is written down."""

from __future__ import annotations

import pytest

from ipyscribe.errors import ParameterError
from ipyscribe.local import FAULT_KINDS, Fault, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", Fault("drop")),
        ("drop@3s", Fault("drop", at_s=3)),
        ("reset@20frames", Fault("reset", after_frames=20)),
        ("error:1011@turnx2", Fault("error", 1011, on="turn", times=2)),
        ("http:403x*", Fault("http", 403, times=None)),
        ("delay:200ms#2", Fault("delay", 0.2, connection=2)),
        ("huge:300kB@final#1", Fault("huge", 300_000, on="final", connection=1)),
        ("out-of-order@500msx3#4", Fault("out-of-order", at_s=0.5, times=3, connection=4)),
        ("half-open@stop", Fault("half-open", on="stop")),
    ],
)
def test_the_grammar(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropp@3s", r"there is no fault 'dropp'. Available: refuse, http, "),
        ("", r"there is no fault ''"),
        ("drop@3x", r"'3x' is not a time. After the @ comes 3s, 500ms, 20frames, or one of connect, "),
        ("drop@", r"nothing after the @"),
        ("drop:3", r"'3' is not a value of this fault. It takes no value"),
        ("delay:fast", r"'fast' is not a value of this fault. Write a time: 200ms or 1.5s"),
        ("delay:", r"'' is not a value of this fault"),
        ("http:418", r"http:418 cannot be used. Write one of 403, 404, 410, 429, 500, 503"),
        ("error:7", r"error:7 cannot be used. Write a close code"),
        ("refuse@3s", r"refuse happens at 'connect' only"),
        ("drop#first", r"'first' is not a connection number. Write #1"),
        ("delay@termination", r"delay cannot begin at 'termination'. It can at: begin, connect, "),
        ("dropx0", r"times=0 must be above 0"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_fault(text)


def test_only_one_time() -> None:
    with pytest.raises(ParameterError, match="only one of"):
        Fault("drop", at_s=1, on="turn")


@pytest.mark.parametrize("name", FAULT_KINDS)
def test_every_kind_can_be_written(name: str) -> None:
    assert parse_fault(name).amount == FAULT_KINDS[name].default
