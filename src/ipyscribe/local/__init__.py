"""A loopback server that speaks AssemblyAI's v3 protocol, with a real offline recogniser behind it."""

from ipyscribe.local.server import LocalServer, serve
from ipyscribe.local.weights import DEFAULT_MODEL

__all__ = ["DEFAULT_MODEL", "LocalServer", "serve"]
