"""WebSocket connections: threads and sockets, nothing else."""

from ipyscribe.connection.socket import Connection

__all__ = ["Connection"]
