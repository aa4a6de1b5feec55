"""Runs a folder of notebooks in one kernel, as one starts in seconds, and keeps them with their outputs and as HTML.

    python lesson_runner.py FOLDER

Each begins with an empty namespace. In a process of its own: Playwright has the event loop of the tests.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

CELL_LIMIT_S, OUTPUT_LIMIT_S = 240, 60


def main() -> None:
    folder = Path(sys.argv[1])
    client = NotebookClient(
        nbformat.v4.new_notebook(),
        timeout=CELL_LIMIT_S,
        iopub_timeout=OUTPUT_LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
    )
    exporter = HTMLExporter(template_name="lab", mathjax_url="", require_js_url="", jquery_url="")
    with client.setup_kernel():
        for path in sorted(folder.glob("*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
            client.nb = notebook
            client.reset_execution_trackers()
            for number, cell in enumerate(notebook.cells):
                client.execute_cell(cell, number)
            del notebook.cells[0]
            nbformat.write(notebook, path)
            path.with_suffix(".html").write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")


if __name__ == "__main__":
    main()
