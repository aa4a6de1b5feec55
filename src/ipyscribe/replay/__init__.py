"""A recorded session that plays again."""

from ipyscribe.replay.replay import Replay

__all__ = ["Replay"]
