"""One model listening to one source: lifecycle, endpoint, key."""

from ipyscribe.session.endpoint import Token, default_model
from ipyscribe.session.keys import find_key, login, logout
from ipyscribe.session.listening import Listening
from ipyscribe.session.notice import Notice
from ipyscribe.session.replay import Replay
from ipyscribe.session.session import Session
from ipyscribe.session.state import Status
from ipyscribe.session.tokens import temporary_token

__all__ = [
    "Listening",
    "Notice",
    "Replay",
    "Session",
    "Status",
    "Token",
    "default_model",
    "find_key",
    "login",
    "logout",
    "temporary_token",
]
