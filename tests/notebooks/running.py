"""Notebooks in a real kernel, and pages in a real browser."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
CELL_LIMIT_S, OUTPUT_LIMIT_S = 240, 60


def tool(name: str) -> ModuleType:
    """A script of ``tools`` as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def executed(cells: list[str], folder: Path, *, store_widget_state: bool = False, **environment: str) -> Any:
    """The cells as a notebook with outputs, run in ``folder``; an error in a cell fails."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    env = {name: value for name, value in os.environ.items() if name != "ASSEMBLYAI_API_KEY"}
    env |= {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "IPYTHONDIR": str(folder / "ipython")} | environment
    client = NotebookClient(
        notebook,
        timeout=CELL_LIMIT_S,
        iopub_timeout=OUTPUT_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=store_widget_state,
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
    )
    client.execute(env=env)
    return notebook


def printed(cell: Any) -> str:
    """What the cell wrote to its standard output."""
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
