"""Which server a session talks to: the local one, AssemblyAI's edge, US or EU hosts, or a given address."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.models import LOCAL_MODEL, Model
from ipyscribe.session.keys import check_key, find_key, require_key
from ipyscribe.session.loopback import SERVER

PATH = "/v3/ws"
API_VERSION = "2025-05-12"
HOSTS = {
    "edge": "wss://streaming.assemblyai.com",
    "us": "wss://streaming.us.assemblyai.com",
    "eu": "wss://streaming.eu.assemblyai.com",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address. ``place`` is what a person reads; ``key`` appears in no repr."""

    place: str
    url: str
    key: str | None = field(repr=False)
    local: bool = False

    def resolve(self) -> tuple[str, dict[str, str]]:
        """The address and the headers of the handshake; starts the local server if it is the one."""
        url, key = (*SERVER.address(),) if self.local else (self.url, self.key)
        headers = {"AssemblyAI-Version": API_VERSION}
        if key:
            headers["Authorization"] = key
        return url.rstrip("/") + ("" if urlsplit(url).path.strip("/") else PATH), headers


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
        return Endpoint("this computer", "", None, local=True)
    if endpoint in HOSTS:
        if model.local:
            raise ParameterError(
                f"{model.name} runs on this computer, not at endpoint={endpoint!r}.",
                advice="Leave endpoint out, or choose an AssemblyAI model.",
            )
        return Endpoint(f"AssemblyAI ({endpoint})", HOSTS[endpoint], require_key(api_key, model.name))
    parts = urlsplit(endpoint)
    if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.query or parts.username or parts.password:
        raise _unusable(endpoint)
    return Endpoint(parts.netloc, endpoint, None if api_key is None else check_key(api_key))


def default_model(api_key: str | None = None) -> str:
    """The model that is chosen where none is named: the offline one without a key."""
    return LOCAL_MODEL if find_key(api_key) is None else "u3-rt-pro"


def _unusable(endpoint: object) -> ParameterError:
    shown = urlsplit(endpoint)._replace(query="", netloc="...").geturl() if isinstance(endpoint, str) else endpoint
    return ParameterError(
        f"endpoint={shown!r} cannot be used.",
        advice="Expected 'local', 'edge', 'us', 'eu', or an address such as 'wss://host:port' without query or key.",
    )
