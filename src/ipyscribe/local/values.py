"""One value of a query string or control message: read as AssemblyAI's v3 server does, or refused in its words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ipyscribe.protocol.languages import MULTI, STREAMING_CODES, WHISPER

VALIDATION = "User Input Validation Error"
LONGEST_TEXT = 1750
MOST_KEYTERMS = 100
MOST_LANGUAGES = 10

Read: TypeAlias = Callable[[str, Any], Any]


class RefusalError(Exception):
    """The session ends with an ``Error`` frame and a close of the same ``code``."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def invalid(name: str, text: str) -> RefusalError:
    """The refusal (3006) of the value of ``name``."""
    return RefusalError(3006, f"{VALIDATION}: Invalid '{name}': {text}")


def one_of(choices: Sequence[str]) -> str:
    """``Input should be 'a', 'b' or 'c'``."""
    quoted = [f"'{choice}'" for choice in choices]
    return f"Input should be {' or '.join([', '.join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)}"


def integer(low: int | None = None, high: int | None = None) -> Read:
    """A whole number from ``low`` to ``high``."""

    def read(name: str, value: Any) -> int:
        number = _whole(name, value)
        _check_range(name, number, low, high)
        return number

    return read


def silence(name: str, value: Any) -> int:
    """Milliseconds of silence, brought into 50 to 10,000."""
    return int(min(max(integer(0)(name, value), 50), 10_000))


def sample_rate(name: str, value: Any) -> int:
    """A rate in Hz."""
    rate = _whole(name, value)
    if rate < 8_000:
        raise invalid(name, "Value error, sample_rate must be at least 8,000 Hz")
    if rate > 96_000:
        raise invalid(name, "Value error, sample_rate must be at most 96,000 Hz")
    return rate


def fraction(name: str, value: Any) -> float:
    """A number from 0 to 1."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise invalid(name, "Input should be a valid number") from None
    if isinstance(value, bool) or number != number:
        raise invalid(name, "Input should be a valid number")
    _check_range(name, number, 0, 1)
    return number


def boolean(name: str, value: Any) -> bool:
    """``true``, ``True``, ``1`` and their like."""
    text = str(value).lower()
    if text in ("true", "1", "on", "yes", "t", "y"):
        return True
    if text in ("false", "0", "off", "no", "f", "n"):
        return False
    raise invalid(name, "Input should be a valid boolean, unable to interpret input")


def choice(*choices: str) -> Read:
    """One of ``choices``."""

    def read(name: str, value: Any) -> str:
        if value not in choices:
            raise invalid(name, one_of(choices))
        return str(value)

    return read


def text(name: str, value: Any) -> str:
    """A string of any length."""
    if not isinstance(value, str):
        raise invalid(name, "Input should be a valid string")
    return value


def context(name: str, value: Any) -> str:
    """A string of up to 1750 characters."""
    string = text(name, value)
    if len(string) > LONGEST_TEXT:
        limit = f"exceeds maximum length of {LONGEST_TEXT} characters (got {len(string)})"
        raise invalid(name, f"Value error, {name} {limit}")
    return string


def strings(name: str, value: Any) -> tuple[str, ...]:
    """A list of strings; in a query string, one JSON array."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise invalid(name, "Input should be a valid list") from None
    if not isinstance(value, list):
        raise invalid(name, "Input should be a valid list")
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise invalid(f"{name}.{index}", "Input should be a valid string")
    return tuple(value)


def keyterms(name: str, value: Any) -> tuple[str, ...]:
    """Up to 100 strings, in a query one JSON array; an overlong string is no error on AssemblyAI's server either."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise invalid(name, "Value error, Invalid JSON array") from None
    terms = strings(name, value)
    if len(terms) > MOST_KEYTERMS:
        raise invalid(name, f"Value error, Max {MOST_KEYTERMS} items")
    return terms


def languages(name: str, value: Any) -> tuple[str, ...]:
    """Up to ten language codes, or one bare code; ``multi`` stands alone."""
    return _languages(name, value, STREAMING_CODES)


def _languages(name: str, value: Any, known: Sequence[str]) -> tuple[str, ...]:
    codes = (value,) if isinstance(value, str) and not value.startswith("[") else strings(name, value)
    if len(codes) > MOST_LANGUAGES:
        raise invalid(name, f"Value error, Max {MOST_LANGUAGES} items")
    for index, code in enumerate(codes):
        if code not in known:
            raise invalid(f"{name}.{index}", one_of(known))
    if MULTI in codes and len(codes) > 1:
        raise invalid(name, f"Value error, '{MULTI}' cannot be combined with other codes")
    return codes


def whisper_languages(name: str, value: Any) -> tuple[str, ...]:
    """As ``languages``, with the codes that Whisper models know."""
    return _languages(name, value, (*WHISPER, MULTI))


def json_object(name: str, value: Any) -> dict[str, Any]:
    """An object; in a query string, as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as trouble:
            raise invalid(name, f"Invalid JSON: {trouble}") from None
    if not isinstance(value, dict):
        raise invalid(name, "Input should be an object")
    return value


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise invalid(name, "Input should be a valid integer")
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        kind = ", unable to parse string as an integer" if isinstance(value, str) else ""
        raise invalid(name, f"Input should be a valid integer{kind}") from None


def _check_range(name: str, number: float, low: float | None, high: float | None) -> None:
    if low is not None and number < low:
        raise invalid(name, f"Input should be greater than or equal to {low}")
    if high is not None and number > high:
        raise invalid(name, f"Input should be less than or equal to {high}")
