"""What ended a session, as a tape keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipyscribe import errors
from ipyscribe.errors import ScribeError

_FIELDS = {"code": int, "reason": str, "status": int, "package": str, "extra": str}


def error_to_json(error: ScribeError) -> dict[str, Any]:
    """The error as a JSON object: its type, what it says, and the numbers that came with it."""
    more = {name: getattr(error, name) for name in _FIELDS if hasattr(error, name)}
    return {"type": type(error).__name__, "message": error.message, "advice": error.advice, **more}


def error_from_json(found: Mapping[str, Any]) -> ScribeError:
    """The error that ``error_to_json`` described, of its own type where this version has that type."""
    kind = getattr(errors, str(found.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, ScribeError)):
        kind = ScribeError
    error = kind.__new__(kind)
    ScribeError.__init__(error, str(found.get("message", "")), advice=str(found.get("advice", "")))
    for name, expected in _FIELDS.items():
        if type(found.get(name)) is expected:
            setattr(error, name, found[name])
    return error
