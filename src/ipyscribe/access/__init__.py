"""How a session gets in: keys, temporary tokens, endpoints, and the local server's launcher."""

from ipyscribe.access.endpoint import Token, default_model
from ipyscribe.access.keys import find_key, login, logout
from ipyscribe.access.tokens import temporary_token

__all__ = ["Token", "default_model", "find_key", "login", "logout", "temporary_token"]
