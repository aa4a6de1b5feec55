"""A thread beside a block of code, which ends with it."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def background_thread(run: Callable[[threading.Event], None], name: str) -> Iterator[None]:
    """Run ``run(over)`` in a thread for as long as the block runs; it has to return soon after ``over`` is set."""
    over = threading.Event()
    context = contextvars.copy_context()  # by which ipykernel 7 knows the cell
    thread = threading.Thread(target=context.run, args=(run, over), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
