"""Errors as a tape keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipyscribe import errors
from ipyscribe.errors import ScribeError
from ipyscribe.plain_text import plain_json

_FIELDS = {"code": int, "reason": str, "status": int, "package": str, "extra": str}


def error_to_json(error: ScribeError) -> dict[str, Any]:
    """The error as a JSON object: its type, its message, and its numbers."""
    extra = {name: getattr(error, name) for name in _FIELDS if hasattr(error, name)}
    return {"type": type(error).__name__, "message": error.message, "advice": error.advice, **extra}


def error_from_json(description: Mapping[str, Any]) -> ScribeError:
    """The error that ``error_to_json`` described, of its own type where this version has that type."""
    kind = getattr(errors, str(description.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, ScribeError)):
        kind = ScribeError
    error = kind.__new__(kind)
    ScribeError.__init__(error, str(description.get("message", "")), advice=str(description.get("advice", "")))
    for name, expected in _FIELDS.items():
        if type(description.get(name)) is expected:
            setattr(error, name, plain_json(description[name]))
    return error
