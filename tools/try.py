"""What ``make try`` shows: the bundled sample in the terminal, then the quickstart notebook, kept as HTML and PNG.

Everything runs on this computer; an API key of the environment is not used.
"""

from __future__ import annotations

import argparse
import base64
import copy
import html
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
CELL_LIMIT_S = 300
OUTPUT_LIMIT_S = 60
"""What a cell has said may come some time after its end on a busy machine; 4 s is nbclient's own limit."""
HEAD_START_S = 10
"""The notebook's kernel starts when the first words stand in the terminal: to start takes a processor for seconds."""
MODEL = "local-whisper-tiny.en"
PAGE, PICTURE = "quickstart.html", "timeline.png"
KEPT = {
    PAGE: "the notebook with its outputs; any browser shows it, offline too",
    PICTURE: "who spoke when, and how long each turn took to settle",
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def main() -> int:
    """Give the exit status: 0, or 1 for an error that is told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "try", help="folder for what is kept")
    parser.add_argument("--speed", type=float, default=1.0, help="pace of the sample (default: 1, as it is spoken)")
    parser.add_argument("--notebook-after", type=float, metavar="S", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.pop("ASSEMBLYAI_API_KEY", None)
    try:
        if options.notebook_after is not None:
            time.sleep(options.notebook_after)
            return 0 if keep(executed(options.speed), options.out) else 1
        return show_all(options.out, options.speed)
    except ImportError as error:
        print(f"A package is missing ({error}). 'make try' installs what is needed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def show_all(out: Path, speed: float) -> int:
    """The sample in the terminal and the notebook, at the same time where two processors are there."""
    from ipyscribe.cli import main as ipyscribe

    pace = "as it is spoken" if speed == 1 else f"at {speed:g} times the pace of speech"
    at_once = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) > 1
    say(f"The bundled sample, {pace} ({45 / speed:.0f} s){'; the notebook starts meanwhile' if at_once else ''}")
    notebook = run_notebook(out, speed, HEAD_START_S / speed) if at_once else None
    try:
        if ipyscribe(["transcribe", "--model", MODEL, "--speed", str(speed)]):
            return 1
        say("notebooks/quickstart.ipynb in a real kernel (about a minute)")
        notebook = notebook or run_notebook(out, speed, 0)
        follow(notebook)
    finally:
        if notebook is not None and notebook.poll() is None:
            notebook.terminate()  # nbclient ends the kernel
            notebook.wait()
    if notebook.returncode:
        return notebook.returncode
    say("Ready to look at")
    for path, about in KEPT.items():
        print(f"{shown(out / path):30}  {about}")
    print(f"\nOpen it in a browser:     {(out / PAGE).resolve().as_uri()}")
    print("Open the notebook live:   make lab")
    return 0


def run_notebook(out: Path, speed: float, after_s: float) -> subprocess.Popen[str]:
    """A process of its own that runs and keeps the notebook, and prints a line for each cell."""
    command = [sys.executable, __file__, "--out", out, "--speed", str(speed), "--notebook-after", str(after_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def follow(notebook: subprocess.Popen[str]) -> None:
    """Show which cell runs on one line, where somebody watches, until the last line: how long all took."""
    assert notebook.stdout is not None
    watched = sys.stdout.isatty()
    line = ""
    for line in notebook.stdout:
        if watched:
            print(f"\r\x1b[K{line.rstrip():.76}", end="", flush=True)
    print("" if watched else line.rstrip(), flush=True)
    notebook.wait()


def executed(speed: float) -> Any:
    """The notebook with its outputs, its sample at that pace; None after telling which cell failed."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if speed != 1:
        for cell in notebook.cells:
            cell.source = cell.source.replace(f'"{MODEL}")', f'"{MODEL}", source=scribe.sample(speed={speed!r}))')
    progress = Progress(len(notebook.cells))
    client = NotebookClient(
        notebook,
        timeout=CELL_LIMIT_S,
        iopub_timeout=OUTPUT_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
        store_widget_state=False,
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
        on_cell_start=progress.cell,
    )
    try:
        client.execute(env=os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        progress.end()
        print(f"The notebook did not run to its end:\n{error}", file=sys.stderr)
        return None
    progress.end()
    return notebook


class Progress:
    """Prints which cell runs."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._began_s = time.monotonic()

    def cell(self, cell: Any, cell_index: int) -> None:
        """Cell number ``cell_index`` begins."""
        if cell.cell_type == "code":
            print(f"cell {cell_index + 1} of {self._cells}  {cell.source.splitlines()[0]}", flush=True)

    def end(self) -> None:
        """Print how long all of them took."""
        print(f"{self._cells} cells, {time.monotonic() - self._began_s:.0f} s", flush=True)


def keep(notebook: Any, out: Path) -> bool:
    """Write the page and the picture; False where there is no notebook."""
    if notebook is None:
        return False
    out.mkdir(parents=True, exist_ok=True)
    (out / PAGE).write_text(as_html(notebook), encoding="utf-8")
    (out / PICTURE).write_bytes(first_picture(notebook))
    return True


def as_html(notebook: Any) -> str:
    """The notebook as one page that loads nothing from anywhere.

    Widgets live only with a kernel, so their outputs are left out; the static transcript beside them stays.
    """
    from nbconvert import HTMLExporter

    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
            for output in cell.outputs:
                describe_picture(output)
    exporter = HTMLExporter(template_name="lab", mathjax_url="", require_js_url="", jquery_url="")
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": "ipyscribe quickstart"}})
    return str(page)


def describe_picture(output: Any) -> None:
    """Put a PNG's alternative text into the page; nbconvert leaves it out."""
    about = output.get("metadata", {}).get("image/png", {})
    if "alt" in about:
        alt = html.escape(about["alt"], quote=True)
        data = output.data.pop("image/png").strip()
        output.data["text/html"] = f'<img width="{about["width"]}" alt="{alt}" src="data:image/png;base64,{data}">'


def first_picture(notebook: Any) -> bytes:
    """The first PNG among the outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                return base64.b64decode(output.data["image/png"])
    raise LookupError(f"{NOTEBOOK} has no picture among its outputs.")


def shown(path: Path) -> str:
    """The path as a person would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(line: str) -> None:
    """A heading."""
    print(f"\n== {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
