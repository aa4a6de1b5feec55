"""Messages to a widget, as a page sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def deliver(widget: Any, message: Any, buffers: Sequence[bytes] = ()) -> None:
    """Hand ``message`` to ``widget`` on its comm, as the kernel does."""
    data = {"method": "custom", "content": message}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": [memoryview(buffer) for buffer in buffers]})
