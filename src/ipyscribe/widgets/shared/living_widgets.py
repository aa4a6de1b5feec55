"""Refuses the kernel in which a widget would stand still."""

from __future__ import annotations

from ipyscribe.errors import UnsupportedKernelError
from ipyscribe.notebook.hosts import has_living_widgets, kernel_version


def require_living_widgets(version: str | None = None) -> None:
    """Raise UnsupportedKernelError in ipykernel 7.0, where no thread can send to a widget."""
    installed = kernel_version() if version is None else version
    if not has_living_widgets(installed):
        raise UnsupportedKernelError(
            f"ipykernel {installed} cannot show words as they arrive: it lets no thread send to the browser.",
            advice="Run %pip install 'ipykernel>=7.1' (or 'ipykernel<7') in a cell and restart the kernel.",
        )
