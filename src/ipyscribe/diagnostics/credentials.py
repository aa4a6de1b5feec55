"""The API key: whether there is one, and whether a temporary token can be had for it, which costs nothing."""

from __future__ import annotations

from ipyscribe.access import temporary_token
from ipyscribe.access.endpoint import HOSTS
from ipyscribe.access.keys import find_key
from ipyscribe.diagnostics.report import Finding
from ipyscribe.errors import ParameterError, ScribeError, TokenError

_TOPIC = "key"
_EXPIRES_S = 60


def check_key(endpoint: str | None = None, api_key: str | None = None) -> Finding:
    """Ask for a temporary token at ``endpoint``; the token is thrown away, and is used for no session."""
    try:
        key = find_key(api_key)
    except ParameterError as error:
        return Finding(_TOPIC, "fix", error.message, error.advice)
    if key is None:
        return Finding(
            _TOPIC, "note", "none was found; only AssemblyAI's models need one.", "Store one with: ipyscribe login"
        )
    if endpoint not in (None, *HOSTS) and api_key is None:
        return Finding(_TOPIC, "note", "one was found; it is sent to AssemblyAI's hosts only, so it was not tried here")
    try:
        temporary_token(expires_in_s=_EXPIRES_S, endpoint=endpoint, api_key=api_key)
    except TokenError as error:
        return Finding(_TOPIC, "fix", f"no token was issued for it (HTTP {error.status}).", error.advice)
    except ScribeError as error:
        return Finding(_TOPIC, "fix", f"it could not be tried ({type(error).__name__}).", error.advice)
    return Finding(_TOPIC, "fine", "accepted: a temporary token was issued, which costs nothing")
