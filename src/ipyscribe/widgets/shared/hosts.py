"""What a kernel can find out about its host: whose microphone is nearest, and whether widgets can be updated."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Literal

from ipyscribe.errors import UnsupportedKernelError

_REMOTE_VARIABLES = (
    "BINDER_SERVICE_HOST",
    "CODESPACES",
    "COLAB_RELEASE_TAG",
    "JUPYTERHUB_USER",
    "KUBERNETES_SERVICE_HOST",
    "REMOTE_CONTAINERS",
    "SSH_CONNECTION",
    "VSCODE_IPC_HOOK_CLI",
)


def nearest_microphone(
    environment: Mapping[str, str] = os.environ, names: Mapping[str, Any] | None = None
) -> Literal["browser", "kernel", "none"]:
    """Whose microphone is nearest to the person in front of the notebook.

    The browser's, wherever the browser can open one: that is right with any kernel. The web views of VS Code
    cannot, so there it is the kernel's, unless the kernel runs on another machine: its microphone would be in another
    room. ``names`` is the notebook's namespace.
    """
    if not in_vs_code(names):
        return "browser"
    return "none" if any(environment.get(name) for name in _REMOTE_VARIABLES) else "kernel"


def require_living_widgets(version: str | None = None) -> None:
    """Raise UnsupportedKernelError in ipykernel 7.0, where no thread can send to a widget (LookupError)."""
    installed = getattr(sys.modules.get("ipykernel"), "__version__", "") if version is None else version
    if installed.split(".")[:2] == ["7", "0"]:
        raise UnsupportedKernelError(
            f"ipykernel {installed} cannot show words as they arrive: it lets no thread send to the browser.",
            advice="Run %pip install 'ipykernel>=7.1' (or 'ipykernel<7') in a cell and restart the kernel.",
        )


def in_vs_code(names: Mapping[str, Any] | None = None) -> bool:
    """Whether VS Code shows the notebook: it puts the notebook's path into the namespace."""
    return "__vsc_ipynb_file__" in (_notebook_names() if names is None else names)


def _notebook_names() -> Mapping[str, Any]:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return {}
    names: Mapping[str, Any] = getattr(get_ipython(), "user_ns", {})
    return names
