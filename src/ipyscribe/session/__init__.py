"""One model listening to one source."""

from ipyscribe.session.session import Session
from ipyscribe.session.session_like import SessionLike

__all__ = ["Session", "SessionLike"]
