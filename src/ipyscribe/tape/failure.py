"""What ended a session, as a tape keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipyscribe import errors
from ipyscribe.errors import ScribeError

_FIELDS = {"code": int, "reason": str, "status": int, "package": str, "extra": str}


def described(error: ScribeError | None) -> dict[str, Any] | None:
    """The error as a JSON object: its type, what it says, and the numbers that came with it."""
    if error is None:
        return None
    more = {name: getattr(error, name) for name in _FIELDS if hasattr(error, name)}
    return {"type": type(error).__name__, "message": error.message, "advice": error.advice, **more}


def rebuilt(found: Mapping[str, Any] | None) -> ScribeError | None:
    """The error that was described, of its own type where this version has that type."""
    if found is None:
        return None
    kind = getattr(errors, str(found.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, ScribeError)):
        kind = ScribeError
    error = kind.__new__(kind)
    ScribeError.__init__(error, str(found.get("message", "")), advice=str(found.get("advice", "")))
    for name, expected in _FIELDS.items():
        if type(found.get(name)) is expected:
            setattr(error, name, found[name])
    return error
