"""From the name of a model, and where it is to run, to the model and the server that a session talks to."""

from __future__ import annotations

from dataclasses import dataclass

from ipyscribe.access.endpoint import Endpoint, Token, choose_endpoint
from ipyscribe.protocol.models import Model, find_model, simulated


@dataclass(frozen=True, slots=True)
class Target:
    """A model, and the endpoint that runs it or plays it."""

    model: Model
    endpoint: Endpoint

    @property
    def simulated(self) -> bool:
        """Whether the server of this computer plays an AssemblyAI model; another server may still say that it does."""
        return self.endpoint.local and not self.model.local


def resolve_target(
    model: str, *, endpoint: str | None = None, api_key: str | None = None, token: Token | None = None
) -> Target:
    """The target of a session. Raises ``ParameterError`` and ``MissingKeyError``."""
    resolved = find_model(model)
    return Target(resolved, choose_endpoint(resolved, endpoint, api_key, token))


def model_at(name: str, endpoint: str | None = None) -> Model:
    """The model of that name as ``endpoint`` runs it: on this computer an AssemblyAI model is simulated.

    It asks for no key. Raises ``ParameterError``.
    """
    model = find_model(name)
    return simulated(model) if endpoint == "local" and not model.local else model
