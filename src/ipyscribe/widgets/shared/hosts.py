"""What a kernel can know about the place where it runs: whose microphone is near, and whether widgets can live."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Literal

from ipyscribe.errors import UnsupportedKernelError

_SIGNS_OF_ELSEWHERE = (
    "BINDER_SERVICE_HOST",
    "CODESPACES",
    "COLAB_RELEASE_TAG",
    "JUPYTERHUB_USER",
    "KUBERNETES_SERVICE_HOST",
    "REMOTE_CONTAINERS",
    "SSH_CONNECTION",
    "VSCODE_IPC_HOOK_CLI",
)


def microphone_near(
    environment: Mapping[str, str] = os.environ, names: Mapping[str, Any] | None = None
) -> Literal["browser", "kernel", "none"]:
    """Whose microphone is that of the person in front of the notebook.

    The browser's, wherever the browser can give one: that is right with any kernel. The web views of VS Code
    cannot, so there it is the kernel's, unless something says that the kernel runs on another machine: its
    microphone would stand in another room. ``names`` are the notebook's own.
    """
    if not in_vs_code(names):
        return "browser"
    return "none" if any(environment.get(sign) for sign in _SIGNS_OF_ELSEWHERE) else "kernel"


def require_living_widgets(version: str | None = None) -> None:
    """Raise UnsupportedKernelError in ipykernel 7.0, where no thread can speak to a widget (LookupError)."""
    loaded = getattr(sys.modules.get("ipykernel"), "__version__", "") if version is None else version
    if loaded.split(".")[:2] == ["7", "0"]:
        raise UnsupportedKernelError(
            f"ipykernel {loaded} cannot show words as they arrive: it lets no thread speak to the browser.",
            advice="Run %pip install 'ipykernel>=7.1' (or 'ipykernel<7') in a cell and restart the kernel.",
        )


def in_vs_code(names: Mapping[str, Any] | None = None) -> bool:
    """Whether VS Code shows the notebook: it tells the notebook's path under a name of its own."""
    return "__vsc_ipynb_file__" in (_notebook_names() if names is None else names)


def _notebook_names() -> Mapping[str, Any]:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return {}
    names: Mapping[str, Any] = getattr(get_ipython(), "user_ns", {})
    return names
