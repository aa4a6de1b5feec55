"""Which server a session talks to: the local one, AssemblyAI's edge, US or EU hosts, or a given address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.models import LOCAL_MODEL, Model
from ipyscribe.session.keys import check_key, find_key, require_key
from ipyscribe.session.loopback import server_of

PATH = "/v3/ws"
API_VERSION = "2025-05-12"
HOSTS = {
    "edge": "wss://streaming.assemblyai.com",
    "us": "wss://streaming.us.assemblyai.com",
    "eu": "wss://streaming.eu.assemblyai.com",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to shake hands. The ``key`` appears in no repr, so that no traceback shows it."""

    base: str
    key: str | None = field(repr=False)

    @property
    def url(self) -> str:
        """``base``, with the protocol's path where it has none."""
        return self.base.rstrip("/") + ("" if urlsplit(self.base).path.strip("/") else PATH)

    def headers(self) -> dict[str, str]:
        """The headers of the handshake."""
        return {"AssemblyAI-Version": API_VERSION} | ({"Authorization": self.key} if self.key else {})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address. ``place`` is what a person reads; ``key`` appears in no repr."""

    place: str
    url: str
    key: str | None = field(repr=False)
    local: bool = False
    model: str = LOCAL_MODEL

    def resolve(self, *, gone: Address | None = None) -> Address:
        """Where to shake hands and with which headers; starts the local server if it is the one.

        ``gone`` is an address of the local server that did not answer.
        """
        if self.local:
            url, key = server_of(self.model).address(gone="" if gone is None else gone.base)
            return Address(url, key)
        return Address(self.url, self.key)


def choose_endpoint(model: Model, endpoint: str | None, api_key: str | None) -> Endpoint:
    """The endpoint of a session.

    A key from the environment or the keyring goes to AssemblyAI's own hosts only; another address gets the
    ``api_key`` that was given with it. Raises ``MissingKeyError`` and ``ParameterError``.
    """
    if endpoint is None:
        endpoint = "local" if model.local else "edge"
    if not isinstance(endpoint, str):
        raise _unusable(endpoint)
    if endpoint == "local":
        return Endpoint("this computer", "", None, local=True, model=model.name if model.local else LOCAL_MODEL)
    if endpoint in HOSTS:
        if model.local:
            raise ParameterError(
                f"{model.name} runs on this computer, not at endpoint={endpoint!r}.",
                advice="Leave endpoint out, or choose an AssemblyAI model.",
            )
        return Endpoint(f"AssemblyAI ({endpoint})", HOSTS[endpoint], require_key(api_key, model.name))
    parts = _parts(endpoint)
    return Endpoint(parts.netloc, endpoint, None if api_key is None else check_key(api_key))


def default_model(api_key: str | None = None) -> str:
    """The model that is chosen where none is named: the offline one without a key."""
    return LOCAL_MODEL if find_key(api_key) is None else "u3-rt-pro"


def _parts(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an end, or a port that is none
        raise _unusable(endpoint) from None
    if not usable or parts.query or parts.fragment or parts.username or parts.password or not endpoint.isprintable():
        raise _unusable(endpoint)
    return parts


def _unusable(endpoint: object) -> ParameterError:
    # An address that cannot be used may hold a key in any place.
    shown = "..." if isinstance(endpoint, str) and re.search(r"[@?#]", endpoint) else endpoint
    return ParameterError(
        f"endpoint={shown!r:.80} cannot be used.",
        advice="Expected 'local', 'edge', 'us', 'eu', or an address such as 'wss://host:port' without query or key.",
    )
