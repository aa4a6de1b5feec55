"""What ``make try`` shows: the bundled sample in the terminal, then the quickstart notebook, kept as HTML and PNG.

Everything runs on this computer; an API key of the environment is not used.
"""

from __future__ import annotations

import argparse
import base64
import copy
import html
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
CELL_LIMIT_S = 300
OUTPUT_LIMIT_S = 60
"""What a cell has said may come some time after its end on a busy machine; 4 s is nbclient's own limit."""
MODEL = "local-whisper-tiny.en"
WIDGET = "application/vnd.jupyter.widget-view+json"


def main() -> int:
    """Give the exit status: 0, or 1 for an error that is told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "try", help="folder for what is kept")
    parser.add_argument("--speed", type=float, default=1.0, help="pace of the sample (default: 1, as it is spoken)")
    options = parser.parse_args()
    out: Path = options.out
    os.environ.pop("ASSEMBLYAI_API_KEY", None)
    try:
        pace = "as it is spoken" if options.speed == 1 else f"at {options.speed:g} times the pace of speech"
        say(f"The bundled sample, {pace} ({45 / options.speed:.0f} s)")
        from ipyscribe.cli import main as ipyscribe

        if ipyscribe(["transcribe", "--model", MODEL, "--speed", str(options.speed)]):
            return 1
        say("notebooks/quickstart.ipynb in a real kernel (about a minute)")
        notebook = executed(options.speed)
        kept = keep(notebook, out)
    except ImportError as error:
        print(f"A package is missing ({error}). 'make try' installs what is needed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if not kept:
        return 1
    say("Ready to look at")
    for path, what in kept:
        print(f"{shown(path):30}  {what}")
    print(f"\nOpen it in a browser:     {kept[0][0].resolve().as_uri()}")
    print("Open the notebook live:   make lab")
    return 0


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
    """One line that says which cell runs; nothing where nobody watches."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._began_s = time.monotonic()

    def cell(self, cell: Any, cell_index: int) -> None:
        """Cell number ``cell_index`` begins."""
        if sys.stdout.isatty() and cell.cell_type == "code":
            line = cell.source.splitlines()[0]
            print(f"\r\x1b[Kcell {cell_index + 1} of {self._cells}  {line:.50}", end="", flush=True)

    def end(self) -> None:
        """Put the time that it took in the place of the line."""
        start = "\r\x1b[K" if sys.stdout.isatty() else ""
        print(f"{start}{self._cells} cells, {time.monotonic() - self._began_s:.0f} s", flush=True)


def keep(notebook: Any, out: Path) -> list[tuple[Path, str]]:
    """Write the page and the picture; what was written, and what it is."""
    if notebook is None:
        return []
    out.mkdir(parents=True, exist_ok=True)
    page, picture = out / "quickstart.html", out / "timeline.png"
    page.write_text(as_html(notebook), encoding="utf-8")
    picture.write_bytes(first_picture(notebook))
    return [
        (page, "the notebook with its outputs; any browser shows it, offline too"),
        (picture, "who spoke when, and how long each turn took to settle"),
    ]


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
