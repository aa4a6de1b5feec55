"""What each close means, and what a person can do."""

from __future__ import annotations

import pytest

from ipyscribe.errors import (
    AudioRuleError,
    AuthenticationError,
    InactivityError,
    InvalidRequestError,
    NetworkLostError,
    RateLimitError,
    ServerFailureError,
    SessionClosedError,
    SessionExpiredError,
    TokenExpiredError,
)
from ipyscribe.protocol import closing_error
from ipyscribe.protocol.messages import ServerError

POINTER = "See Error message for details"
CLOSES = [
    (1006, "", NetworkLostError, True),
    (1008, "Unauthorized Connection: Missing Authorization header", AuthenticationError, False),
    (1008, "Unauthorized Connection: Invalid API key", AuthenticationError, False),
    (1008, "Unauthorized Connection: Signature has expired", TokenExpiredError, False),
    (1008, "Unauthorized connection: Too many concurrent sessions", RateLimitError, True),
    (1009, "", AudioRuleError, False),
    (1011, "", ServerFailureError, True),
    (1013, "", ServerFailureError, True),
    (3005, "Session Cancelled: An error occurred", ServerFailureError, True),
    (3006, "User Input Validation Error: Invalid 'sample_rate': Value error", InvalidRequestError, False),
    (3006, "User Input Validation Error: Invalid Message Type: Bogus", InvalidRequestError, False),
    (3006, "Session terminated due to inactivity: No messages received for 5 seconds", InactivityError, True),
    (3007, "Input Duration Error: Input Duration Violation: 20.0 ms.", AudioRuleError, False),
    (3007, "Audio Transmission Rate Exceeded: Received 9 sec. audio in 1 sec", AudioRuleError, False),
    (3008, "Session Expired: Maximum session duration exceeded", SessionExpiredError, True),
    (3009, "Unauthorized Connection: Too many concurrent sessions", RateLimitError, True),
    (4029, "", ServerFailureError, True),
]


@pytest.mark.parametrize(("code", "text", "kind", "retry"), CLOSES)
def test_the_error_frame_is_read_first(code: int, text: str, kind: type[SessionClosedError], retry: bool) -> None:
    error = closing_error(code, POINTER, ServerError(code, text))
    check(error, code, text, kind, retry)


@pytest.mark.parametrize(("code", "text", "kind", "retry"), CLOSES)
def test_the_close_reason_second(code: int, text: str, kind: type[SessionClosedError], retry: bool) -> None:
    check(closing_error(code, text), code, text, kind, retry)
    check(closing_error(code, text, ServerError(None, "")), code, text, kind, retry)


def check(error: SessionClosedError, code: int, text: str, kind: type[SessionClosedError], retry: bool) -> None:
    assert type(error) is kind
    assert error.retry is retry
    assert (error.code, error.reason) == (code, text)
    assert f"(close code {code})" in error.message
    assert text in error.message
    assert error.advice.endswith(".")
    assert POINTER not in str(error)


def test_the_frames_own_code_wins() -> None:
    error = closing_error(1006, "", ServerError(3007, "Input Duration Error"))
    assert (type(error), error.code) == (AudioRuleError, 3007)


def test_a_pointer_without_a_frame_says_nothing() -> None:
    error = closing_error(3005, POINTER)
    assert error.reason == ""
    assert str(error) == "The server failed (close code 3005). Start again in a moment."
