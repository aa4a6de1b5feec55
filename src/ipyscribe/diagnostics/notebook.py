"""The notebook: its kernel, the packages that show widgets, and what a page says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipyscribe.diagnostics.installation import installed_version
from ipyscribe.diagnostics.report import Finding
from ipyscribe.notebook.hosts import has_living_widgets, in_kernel, in_vs_code, kernel_version, nearest_microphone

_PACKAGES = ("jupyterlab", "notebook", "anywidget", "ipywidgets", "jupyter-server-proxy")
_BROWSER_MICROPHONE = "browser's microphone"
_OUT_LOUD = {"granted": "allowed", "denied": "refused", "prompt": "it will ask"}


def check_notebook() -> Finding:
    """The kernel that runs this; outside of one, the packages that a notebook would use."""
    versions = ", ".join(f"{name} {version}" for name in _PACKAGES if (version := installed_version(name)))
    if not in_kernel():
        return Finding(
            "notebook",
            "note",
            f"this is not a notebook ({versions}).",
            "In a notebook, scribe.doctor() checks its page too.",
        )
    version = kernel_version()
    if not has_living_widgets(version):
        return Finding(
            "notebook",
            "fix",
            f"ipykernel {version} lets no thread send to the browser.",
            "Run %pip install 'ipykernel>=7.1' and restart the kernel.",
        )
    return Finding("notebook", "fine", f"ipykernel {version}, {versions}")


def page_findings(facts: Mapping[str, Any]) -> tuple[Finding, Finding]:
    """What a page that shows the report has said of itself, and what it can do with a microphone.

    ``facts`` has ``app`` and ``browser`` (names with versions), ``roundtrip_ms`` (a message to the kernel and back),
    ``secure``, ``media`` and ``allowed`` (whether it is a secure page, has ``getUserMedia``, and may use it in this
    frame), and ``permission`` ("granted", "denied", "prompt" or nothing).
    """
    app, browser = (str(facts.get(name) or "") for name in ("app", "browser"))
    roundtrip_ms = facts.get("roundtrip_ms")
    answered = f"; the kernel answers in {roundtrip_ms:.0f} ms" if isinstance(roundtrip_ms, int | float) else ""
    page = Finding("page", "fine", f"{' in '.join(filter(None, (app, browser))) or 'it lives'}{answered}")
    return page, _microphone_finding(facts)


def page_missing() -> Finding:
    """For a page that has not said anything."""
    return Finding(
        "page",
        "note",
        "no page has answered yet.",
        "If this stays: reload the page; install anywidget where JupyterLab runs.",
    )


def recorded_finding(level_dbfs: float | None, problem: str) -> Finding:
    """What came of two seconds of the browser's microphone; ``level_dbfs`` is None for digital silence."""
    if problem:
        return Finding(_BROWSER_MICROPHONE, "fix", problem, "Allow it with the icon beside the page's address.")
    if level_dbfs is None:
        return Finding(
            _BROWSER_MICROPHONE, "fix", "it delivers only digital silence.", "Choose another input of the system."
        )
    return Finding(_BROWSER_MICROPHONE, "fine", f"2.0 s recorded, level {level_dbfs:.0f} dBFS")


def _microphone_finding(facts: Mapping[str, Any]) -> Finding:
    if in_vs_code() and not facts.get("media"):
        advice = "Use this machine's." if nearest_microphone() == "kernel" else "Open the notebook in a browser."
        return Finding(_BROWSER_MICROPHONE, "note", "VS Code allows none in its web views.", advice)
    if not facts.get("secure"):
        return Finding(
            _BROWSER_MICROPHONE,
            "fix",
            "browsers allow none on a page served over plain http.",
            "Open the notebook over https or at localhost.",
        )
    if not facts.get("media") or facts.get("allowed") is False:
        return Finding(
            _BROWSER_MICROPHONE,
            "fix",
            "the site around this notebook does not let it use one.",
            "Open the notebook in a tab of its own.",
        )
    permission = str(facts.get("permission") or "")
    if permission == "denied":
        return Finding(
            _BROWSER_MICROPHONE, "fix", "it was refused.", "Allow it with the icon beside the page's address."
        )
    by = "WebSocket" if installed_version("jupyter-server-proxy") and installed_version("websockets") else "the comm"
    asked = f", {_OUT_LOUD[permission]}" if permission in _OUT_LOUD else ""
    return Finding(_BROWSER_MICROPHONE, "fine", f"can be used here{asked}; its sound comes by {by}")
