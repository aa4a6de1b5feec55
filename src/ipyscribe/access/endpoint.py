"""Which server a session talks to: the local one, AssemblyAI's edge, US or EU hosts, or a given address."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import SplitResult, urlencode, urlsplit

from ipyscribe.access.keys import check_key, check_token, find_key, require_key
from ipyscribe.access.local_server import server_of
from ipyscribe.connection.failure import LOOPBACK
from ipyscribe.errors import ParameterError, ScribeError
from ipyscribe.protocol.models import DEFAULT_CLOUD_MODEL, LOCAL_MODEL, Model
from ipyscribe.protocol.secret import Secret, hidden

Token: TypeAlias = str | Callable[[], str]
"""A temporary token, or a function that gives a fresh one for each connection."""

PATH = "/v3/ws"
API_VERSION = "2025-05-12"
NO_SECRET = "self-hosted"  # noqa: S105 - as its name says
"""The key that AssemblyAI's self-hosting stack is documented to take; it opens nothing else."""
_SHORTEST_SECRET = 8
HOSTS = {
    "edge": "wss://streaming.assemblyai.com",
    "us": "wss://streaming.us.assemblyai.com",
    "eu": "wss://streaming.eu.assemblyai.com",
}


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a handshake. ``key`` and ``token`` appear in no repr, so that no traceback shows them."""

    base: str
    key: str | None = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """``base``, with the protocol's path where it has none."""
        return self.base.rstrip("/") + ("" if urlsplit(self.base).path.strip("/") else PATH)

    def with_query(self, query: str) -> str:
        """``url`` with its query, in which a token stands as a browser would send it."""
        return Secret(f"{self.url}?{query}" + (f"&{urlencode({'token': self.token})}" if self.token else ""))

    def secrets(self) -> tuple[str, ...]:
        """``key`` and ``token``, where they are long enough to be recognised in what a server sends."""
        secrets = (secret for secret in (self.key, self.token) if secret is not None and secret != NO_SECRET)
        return tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)

    def headers(self) -> dict[str, str]:
        """The headers of the handshake."""
        return {"AssemblyAI-Version": API_VERSION} | ({"Authorization": self.key} if self.key else {})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address. ``label`` is its name for people; ``key`` and ``token`` appear in no repr."""

    label: str
    url: str
    key: str | None = field(repr=False)
    local: bool = False
    model: str = LOCAL_MODEL
    token: Token | None = field(default=None, repr=False)

    @property
    def cloud(self) -> bool:
        """Whether it is one of AssemblyAI's own hosts."""
        return self.url in HOSTS.values()

    @property
    def can_renew_token(self) -> bool:
        """Whether there is a function that gives another token."""
        return callable(self.token)

    def resolve(self, *, gone: Address | None = None) -> Address:
        """The address of a handshake; starts the local server if it is the endpoint.

        ``gone`` is an address of the local server that did not answer.
        """
        url, key = self.url, self.key
        if self.local:
            url, key = server_of(self.model).address(gone="" if gone is None else gone.base)
        return Address(url, hidden(key)) if self.token is None else Address(url, None, _resolve_token(self.token))


def choose_endpoint(model: Model, endpoint: str | None, api_key: str | None, token: Token | None = None) -> Endpoint:
    """The endpoint of a session, which needs a key or a ``token``.

    A key from the environment or the keyring goes to AssemblyAI's own hosts only; another address gets the
    ``api_key`` that came with it. Raises ``MissingKeyError`` and ``ParameterError``.
    """
    if token is not None:
        if api_key is not None:
            raise ParameterError("Both api_key and token were given.", advice="Give one of them.")
        token = token if callable(token) else check_token(hidden(token))
    if endpoint is None:
        endpoint = "local" if model.local else "edge"
    if not isinstance(endpoint, str):
        raise _unusable(endpoint)
    if endpoint == "local":
        return Endpoint("this computer", "", None, local=True, model=model.name, token=token)
    if endpoint in HOSTS and model.local:
        raise ParameterError(
            f"{model.name} runs on this computer, not at endpoint={endpoint!r}.",
            advice="Leave endpoint out, or choose an AssemblyAI model.",
        )
    return remote_endpoint(endpoint, api_key, token, f"{model.name} is an AssemblyAI model")


def remote_endpoint(endpoint: str, api_key: str | None, token: Token | None, reason: str) -> Endpoint:
    """One of AssemblyAI's hosts or an address. ``reason`` is the beginning of the error where a key is missing.

    A key or token goes over plain ``ws://`` to this computer only.
    """
    if endpoint in HOSTS:
        key = require_key(api_key, reason) if token is None else None
        return Endpoint(f"AssemblyAI ({endpoint})", HOSTS[endpoint], key, token=token)
    parts = _parts(endpoint)
    key = None if api_key is None else check_key(api_key)
    if parts.scheme == "ws" and parts.hostname not in LOOPBACK and (token or key not in (None, NO_SECRET)):
        raise ParameterError(
            f"endpoint={endpoint!r:.80} is not encrypted: the {'token' if token else 'key'} could be read on the way.",
            advice="Use wss://. A server of your own network that asks for none gets neither api_key nor token, "
            f"or api_key={NO_SECRET!r} if it wants some header.",
        )
    return Endpoint(parts.netloc, endpoint, key, token=token)


def _resolve_token(token: Token) -> str:
    """A token for one connection. The text of what the function raises may hold the key: only its type is reported."""
    if isinstance(token, str):
        return token
    try:
        return check_token(token())
    except ScribeError:
        raise
    except Exception as error:
        raise ScribeError(
            f"The function passed as token= raised {type(error).__name__}.",
            advice="It is called without arguments for each connection and has to give a temporary token.",
        ) from None


def default_model(api_key: str | None = None, token: Token | None = None, endpoint: str | None = None) -> str:
    """The model where none is named: the offline one on this computer and without a key or token."""
    if endpoint == "local" or (token is None and find_key(api_key) is None):
        return LOCAL_MODEL
    return DEFAULT_CLOUD_MODEL


def _parts(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an unclosed bracket, or a port that is not a number
        raise _unusable(endpoint) from None
    if not usable or parts.query or parts.fragment or parts.username or parts.password or not endpoint.isprintable():
        raise _unusable(endpoint)
    return parts


def _unusable(endpoint: object) -> ParameterError:
    # An address that cannot be used may hold a key anywhere.
    shown = "..." if isinstance(endpoint, str) and re.search(r"[@?#]", endpoint) else endpoint
    return ParameterError(
        f"endpoint={shown!r:.80} cannot be used.",
        advice="Expected 'local', 'edge', 'us', 'eu', or an address such as 'wss://host:port' without query or key.",
    )
