"""What the threads of a session need to know, without the session object that a person holds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioSource
from ipyscribe.protocol.budget import Budget
from ipyscribe.protocol.models import Model
from ipyscribe.protocol.parameters import query_string
from ipyscribe.protocol.pricing import RateSchedule
from ipyscribe.session.state import SessionState
from ipyscribe.tape.redaction import secrets_among


@dataclass
class Commands:
    """What other threads have asked a pump to do.

    ``parameters`` are those of the next connection; ``rates`` say what open seconds cost; ``keep_alive`` says how to
    pause. ``forgotten`` is set by the collector, which may run inside any call and so must take no lock.
    """

    parameters: dict[str, Any] = field(default_factory=dict, repr=False)
    rates: RateSchedule = field(default_factory=lambda: RateSchedule.constant(0.0))
    messages: deque[str] = field(default_factory=deque)
    paused: bool = False
    keep_alive: bool = False
    reconnect: bool = False
    forgotten: bool = False


@dataclass(frozen=True)
class SessionContext:
    """What a pump needs to know; nothing here refers to the session that a person holds."""

    model: Model
    source: AudioSource
    endpoint: Endpoint
    state: SessionState
    orders: Commands
    budget: Budget
    reconnect_for_s: float
    clock: Callable[[], float] = time.monotonic

    @property
    def limit(self) -> Budget:
        """The budget; of money nothing is spent on a simulation."""
        return self.budget.uncharged() if self.state.simulated else self.budget.at_rates(self.orders.rates)

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for."""
        if self.orders.forgotten:
            self.state.stopping = True
        return self.state.stopping

    def secrets(self) -> tuple[bytes, ...]:
        """The parameters whose values nobody may see, as bytes."""
        return tuple(secret.encode() for secret in secrets_among(self.orders.parameters))

    def query(self) -> str:
        """The query of a connection that is opened now: settings that were changed meanwhile are in it."""
        return query_string(self.model, SAMPLE_RATE_HZ, self.orders.parameters)
