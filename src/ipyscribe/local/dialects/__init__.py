"""How each model reports a recognition: the same recogniser behind it, another dialect of the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipyscribe.local.dialects.base import FORMATTINGS, Dialect, Formatting
from ipyscribe.local.dialects.own import OwnDialect
from ipyscribe.local.dialects.settings import turn_settings
from ipyscribe.local.dialects.streaming import StreamingDialect
from ipyscribe.local.dialects.u3 import U3Dialect
from ipyscribe.local.dialects.whisper import WhisperDialect
from ipyscribe.protocol.models import models

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters

__all__ = ["FORMATTINGS", "Dialect", "Formatting", "dialect_for", "simulated_models", "turn_settings"]

_OF_FAMILY: dict[str, type[Dialect]] = {
    "local": OwnDialect,
    "english": StreamingDialect,
    "multilingual": StreamingDialect,
    "u3": U3Dialect,
    "whisper": WhisperDialect,
}


def dialect_for(parameters: Parameters, formatting: Formatting = "two_step") -> Dialect:
    """A new dialect of the session's model."""
    return _OF_FAMILY[parameters.family](parameters, formatting)


def simulated_models() -> tuple[str, ...]:
    """AssemblyAI's models that the server can simulate."""
    return tuple(model.name for model in models() if not model.local)
