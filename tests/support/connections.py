"""What a session's tape says of its connections."""

from __future__ import annotations

import math

from ipyscribe import Session
from ipyscribe.tape import ConnectionState


def last_connection(session: Session) -> ConnectionState:
    """How the newest connection of ``session`` stands."""
    return session.tape.lanes[0].snapshot_at(math.inf).connection
