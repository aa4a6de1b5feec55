"""A key of the environment is used by nothing local and saved by nothing at all."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from notebooks.running import executed, printed

pytestmark = [pytest.mark.kernel, pytest.mark.recogniser, pytest.mark.timeout(300)]

CELLS = [
    """
import logging, os
import ipyscribe as scribe
logging.basicConfig(level=logging.DEBUG, force=True)
logging.getLogger("matplotlib").setLevel(logging.WARNING)
clip = scribe.AudioFile("clip.wav")
print(len(os.environ["ASSEMBLYAI_API_KEY"]), scribe.Transcriber().model)
""",
    """
t = scribe.Transcriber("local-whisper-tiny.en", source=clip, api_key=os.environ["ASSEMBLYAI_API_KEY"])
t
""",
    "t.start(); t.wait(); print(t.transcript.text)",
    "display(t, repr(t), t.session, t.session.parameters, t.controls, t.view, t.timeline, t.plot_timeline())",
    """
key = os.environ["ASSEMBLYAI_API_KEY"]
session = scribe.Session("u3-rt-pro", source=clip, endpoint="ws://127.0.0.1:1", api_key=key)
try:
    with session:
        pass
except scribe.errors.ConnectError as error:
    import traceback
    print(type(error).__name__)
    traceback.print_exception(error)
display(session)
""",
]


def test_a_key_is_in_no_saved_notebook_and_no_page(tmp_path: Path, short_clip: Callable[[Path, float], Path]) -> None:
    key = secrets.token_hex(16)
    short_clip(tmp_path / "clip.wav", 3.0)
    notebook = executed(CELLS, tmp_path, store_widget_state=True, ASSEMBLYAI_API_KEY=key)
    saved = nbformat.writes(notebook)
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)

    assert printed(notebook.cells[0]).split() == ["32", "u3-rt-pro"], "the kernel has the key"
    assert "minute" in printed(notebook.cells[2])
    assert "ConnectionRefusedByHostError" in printed(notebook.cells[4])
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert len(state) >= 4, "the saved notebook holds the widgets' state"
    assert key not in saved
    assert key not in page
