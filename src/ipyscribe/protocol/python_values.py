"""Values of NumPy as those of Python, which JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def python_values(value: Any) -> Any:
    """A number, text or array of NumPy as that of Python; also in a list, and in the values of a mapping."""
    if isinstance(value, Mapping):
        return {name: _listed(each) for name, each in value.items()}
    return _listed(value)


def _listed(value: Any) -> Any:
    return type(value)(map(_single, value)) if type(value) in (list, tuple) else _single(value)


def _single(value: Any) -> Any:
    return value.tolist() if type(value).__module__ == "numpy" else value
