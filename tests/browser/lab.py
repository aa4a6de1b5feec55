"""A Jupyter server of its own and a headless Chromium, for tests that a person would do by hand."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from local.harness import wait_for
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
_NOT_WANTED = (
    # Playwright's own list: Chromium heeds the last list only.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    # Two pages of each window's address bar, which nobody sees: a third of what it takes to open one.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_NOT_WANTED)}",
    # A second page of JupyterLab finds its scripts compiled.
    "--process-per-site",
)
LIMIT_MS = 90_000
POLLING_MS = 100
"""By default Playwright looks with each frame of a page, and so has it make sixty a second."""
_NOT_NEEDED = (
    "console",
    "csvviewer",
    "debugger",
    "extensionmanager",
    "fileeditor",
    "help",
    "hub",
    "inspector",
    "launcher",
    "lsp",
    "mermaid",
    "pdf",
    "pluginmanager",
    "running",
    "settingeditor",
    "terminal",
    "vega5",
)
"""Extensions of JupyterLab that have nothing to do with cells and widgets, a quarter of what a page takes to load."""
_NOTEBOOK = "[...jupyterapp.shell.widgets('main')].find(w => w.sessionContext)"
_HAS_NO_NOTEBOOK = f"() => !!window.jupyterapp && !({_NOTEBOOK}) && !document.querySelector('.jp-Dialog')"
END_KERNELS = "async () => { await jupyterapp.serviceManager.sessions.shutdownAll() }"
_KERNEL = f"{_NOTEBOOK}?.sessionContext?.session?.kernel"


def write_notebook(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """A notebook with these code cells."""
    metadata = {
        "kernelspec": {"name": kernel, "display_name": kernel, "language": "python"},
        "language_info": {"name": "python"},
    }
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=metadata)
    nbformat.write(notebook, path)
    return path


def free_port() -> int:
    """A port for a server that is about to start: below those that the system gives to whoever asks for any."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


class Lab:
    """JupyterLab in ``root``; all of its settings lie there too."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None) -> None:
        self.root = root
        self._env = dict(env or {})
        self.token = secrets.token_hex(16)
        self.port = free_port()

    def __enter__(self) -> Lab:
        state = self.root / ".jupyter-state"
        settings = state / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        pages = state / "config" / "labconfig"
        pages.mkdir(parents=True)
        disabled = {f"@jupyterlab/{name}-extension": True for name in _NOT_NEEDED}
        (pages / "page_config.json").write_text(json.dumps({"disabledExtensions": disabled}), encoding="utf-8")
        quiet = {"fetchNews": "false", "checkForUpdates": False}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet), encoding="utf-8")
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        env = os.environ | {name: str(state / folder) for name, folder in places.items()}
        env |= {"JUPYTER_PLATFORM_DIRS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"} | self._env
        command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser", "--expose-app-in-browser"]
        command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}"]
        command += ["--JupyterNotebookApp.expose_app_in_browser=True", "--ServerApp.allow_remote_access=True"]
        command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        self._log = (self.root / "lab.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(command, env=env, stdout=self._log, stderr=subprocess.STDOUT)
        until = time.monotonic() + 240
        pause = threading.Event()
        while not self._answers():
            assert self.process.poll() is None, (self.root / "lab.log").read_text(encoding="utf-8")[-3000:]
            assert time.monotonic() < until, "JupyterLab did not answer within 240 s"
            pause.wait(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self._ask("api/status", within_s=2))
        return False

    def end_kernels(self) -> None:
        """Shut down what the notebooks have left running."""
        for kernel in json.loads(self._ask("api/kernels")):
            with contextlib.suppress(urllib.error.HTTPError):  # it may be on its way out
                self._ask(f"api/kernels/{kernel['id']}", "DELETE")

    def offer_kernel(self, name: str, **environment: str) -> None:
        """Another kernel of this Python, for notebooks that name it."""
        folder = self.root / ".jupyter-state" / "data" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": name, "language": "python", "env": environment}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    def _ask(self, what: str, method: str = "GET", *, within_s: float = 60) -> bytes:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{what}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=within_s) as answered:
            return bytes(answered.read())

    def open(self, page: Page, notebook: str, *, where: str = "lab/tree", host: str = "127.0.0.1") -> None:
        """Open a notebook and wait for its kernel; ``where`` is ``notebooks`` for Notebook 7.

        A page with JupyterLab and without a notebook goes on; any other is loaded.
        """
        origin = f"http://{host}:{self.port}/"
        if where == "lab/tree" and page.url.startswith(f"{origin}lab") and page.evaluate(_HAS_NO_NOTEBOOK):
            page.evaluate(
                "async path => { await jupyterapp.serviceManager.kernelspecs.refreshSpecs(); "
                "await jupyterapp.commands.execute('docmanager:open', { path }) }",
                notebook,
            )
        else:
            page.goto(f"{origin}{where}/{notebook}?token={self.token}&reset", wait_until="commit")
        page.wait_for_function(
            "() => window.jupyterapp && document.querySelector('.jp-Notebook .jp-CodeCell')",
            timeout=LIMIT_MS,
            polling=POLLING_MS,
        )
        _wait_for_kernel(page)


def _wait_for_kernel(page: Page) -> None:
    page.wait_for_function(
        f"() => {{ const kernel = {_KERNEL}; "
        "return kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle' }",
        timeout=LIMIT_MS,
        polling=POLLING_MS,
    )


def close_notebooks(page: Page) -> None:
    """Close them as they are; their kernels go on."""
    page.evaluate(
        "() => { for (const widget of [...(window.jupyterapp?.shell.widgets('main') ?? [])]) "
        "if (widget.sessionContext) widget.dispose() }"
    )


def reopen(lab: Lab, page: Page, notebook: str) -> None:
    """End its kernel, close it, open it again as it was saved; the page of JupyterLab stays."""
    page.evaluate(END_KERNELS)
    close_notebooks(page)
    lab.open(page, notebook)


def run_all(page: Page) -> None:
    """Run every cell and wait for the last."""
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")


def run_cell(page: Page, index: int, *, wait: bool = True) -> None:
    """Run one cell."""
    page.evaluate(
        f"async ([index, wait]) => {{ const notebook = {_NOTEBOOK}; notebook.content.activeCellIndex = index; "
        "notebook.content.deselectAll(); const run = jupyterapp.commands.execute('notebook:run-cell'); "
        "if (wait) await run }",
        [index, wait],
    )


def output(page: Page, index: int) -> str:
    """The text of a cell's outputs."""
    return str(page.evaluate(f"index => ({_NOTEBOOK}).content.widgets[index].outputArea?.node.innerText ?? ''", index))


def answer(page: Page, index: int) -> str:
    """What a cell prints; after an error or interrupt a kernel throws away what it is asked at once, so again."""

    def once() -> str:
        run_cell(page, index)
        return output(page, index).strip()

    return str(wait_for(once, within_s=60))


def interrupt_kernel(page: Page) -> None:
    """Interrupt what runs."""
    page.evaluate(f"async () => {{ await {_KERNEL}.interrupt() }}")


def save(page: Page) -> None:
    """Save the notebook."""
    page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")


def restart_kernel(page: Page) -> None:
    """Restart the kernel without a question, and wait until it can be used."""
    page.evaluate(f"async () => {{ await {_KERNEL}.restart() }}")
    _wait_for_kernel(page)


def use_theme(page: Page, name: str) -> None:
    """``JupyterLab Light`` or ``JupyterLab Dark``."""
    page.evaluate("async theme => { await jupyterapp.commands.execute('apputils:change-theme', { theme }) }", name)


@contextlib.contextmanager
def chromium(flags: Sequence[str] = (), **options: Any) -> Iterator[BrowserContext]:
    """A browser with one empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*FLAGS, *flags])
        options.setdefault("viewport", {"width": 1100, "height": 1000})
        context = browser.new_context(**options)
        context.set_default_timeout(LIMIT_MS)
        expect.set_options(timeout=LIMIT_MS)
        try:
            yield context
        finally:
            browser.close()
