"""What the threads of a session need to know, without the session object that a person holds."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioSource
from ipyscribe.protocol.budget import Budget
from ipyscribe.protocol.parameters import query_string
from ipyscribe.session.live_session import LiveSession
from ipyscribe.tape import LaneManifest
from ipyscribe.tape.costs import budget_of_session
from ipyscribe.tape.redaction import secrets_in


@dataclass
class Commands:
    """Requests of other threads to the pump.

    ``messages`` are control messages to send; ``keep_alive`` says how to pause. ``forgotten`` is set by the
    collector, which may run inside any call and so must take no lock.
    """

    messages: deque[str] = field(default_factory=deque)
    paused: bool = False
    keep_alive: bool = False
    reconnect: bool = False
    forgotten: bool = False


@dataclass(frozen=True)
class SessionContext:
    """What a pump needs to know; nothing here refers to the session that a person holds."""

    manifest: LaneManifest
    source: AudioSource
    endpoint: Endpoint
    session: LiveSession
    commands: Commands
    connect_for_s: float
    """For how long the first connection is tried again where that may help; 0 for never."""
    reconnect_for_s: float
    silent_server_s: float
    """How long the server may leave speech unanswered before its connection counts as lost; 0 for ever."""
    base_price_usd: float | None = None
    """The price of an open hour without add-ons that takes the place of the model's, where one was given."""
    clock: Callable[[], float] = time.monotonic

    @property
    def budget(self) -> Budget:
        """For how long the session may be open; of money nothing is spent on a simulation."""
        return budget_of_session(self.manifest, self.session.snapshot)

    @property
    def limited(self) -> bool:
        """Whether there is any budget."""
        return self.manifest.max_cost_usd is not None or self.manifest.max_duration_s is not None

    @property
    def stopping(self) -> bool:
        """Whether the end was requested."""
        if self.commands.forgotten:
            self.session.stopping = True
        return self.session.stopping

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Those of a connection that is opened now: settings that were changed meanwhile are among them."""
        changed = self.session.snapshot.parameters
        return self.manifest.parameters if changed is None else changed

    def secrets(self) -> tuple[str, ...]:
        """The parameters whose values nobody may see."""
        return secrets_in(self.parameters)

    def query(self) -> str:
        """The query of a connection that is opened now."""
        return query_string(self.manifest.model, SAMPLE_RATE_HZ, self.parameters)
