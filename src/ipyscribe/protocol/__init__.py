"""The v3 protocol without any network: models, prices, settings, messages, close codes.

The only file that is read is a person's own ``models.toml``.
"""

from ipyscribe.protocol.closing import closing_error
from ipyscribe.protocol.messages import Message
from ipyscribe.protocol.models import LOCAL_MODEL, Catalogue, Model, find_model, models
from ipyscribe.protocol.parameters import (
    PARAMETERS,
    Parameter,
    check_parameters,
    parameters_of,
    query_string,
)
from ipyscribe.protocol.parse import parse_message
from ipyscribe.protocol.presets import PRESETS, Preset
from ipyscribe.protocol.session_settings import SessionSettings
from ipyscribe.protocol.setting_notes import SettingNote, setting_notes, update_notes

__all__ = [
    "LOCAL_MODEL",
    "PARAMETERS",
    "PRESETS",
    "Catalogue",
    "Message",
    "Model",
    "Parameter",
    "Preset",
    "SessionSettings",
    "SettingNote",
    "check_parameters",
    "closing_error",
    "find_model",
    "models",
    "parameters_of",
    "parse_message",
    "query_string",
    "setting_notes",
    "update_notes",
]
