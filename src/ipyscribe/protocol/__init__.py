"""The v3 protocol, without any I/O: models, parameters, messages, close codes."""

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
from ipyscribe.protocol.session_settings import SessionSettings
from ipyscribe.protocol.unused import Unused, unused, unused_update

__all__ = [
    "LOCAL_MODEL",
    "PARAMETERS",
    "Catalogue",
    "Message",
    "Model",
    "Parameter",
    "SessionSettings",
    "Unused",
    "check_parameters",
    "closing_error",
    "find_model",
    "models",
    "parameters_of",
    "parse_message",
    "query_string",
    "unused",
    "unused_update",
]
