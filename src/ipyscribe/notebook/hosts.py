"""What a kernel can find out about its host: whose microphone is nearest, and whether widgets can be updated."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Literal

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
_NO_LIVING_WIDGETS = ["7", "0"]


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


def in_vs_code(names: Mapping[str, Any] | None = None) -> bool:
    """Whether VS Code shows the notebook: it puts the notebook's path into the namespace."""
    return "__vsc_ipynb_file__" in (getattr(shell(), "user_ns", {}) if names is None else names)


def in_kernel() -> bool:
    """Whether this process is the kernel of a notebook."""
    return getattr(shell(), "kernel", None) is not None


def kernel_version() -> str:
    """The version of ipykernel that runs here, or nothing."""
    return str(getattr(sys.modules.get("ipykernel"), "__version__", ""))


def has_living_widgets(version: str) -> bool:
    """Whether a thread can send to a widget with this version of ipykernel: in 7.0 none can (LookupError)."""
    return version.split(".")[:2] != _NO_LIVING_WIDGETS


def shell() -> Any:
    """IPython's shell, or None; only a process that has one has imported IPython."""
    ipython = sys.modules.get("IPython.core.getipython")
    return None if ipython is None else ipython.get_ipython()
