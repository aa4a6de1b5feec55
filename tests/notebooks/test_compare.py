"""The lesson on comparing runs as it stands, with two recognisers of this computer."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from notebooks.running import ROOT, executed, printed


@pytest.mark.kernel
@pytest.mark.recogniser
@pytest.mark.timeout(300)
def test_the_lesson_runs(tmp_path: Path) -> None:
    lesson = nbformat.read(ROOT / "notebooks" / "compare.ipynb", as_version=4)
    cells = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    quicker = [cell.replace("source=scribe.sample()", "source=scribe.sample(speed=2)") for cell in cells]
    assert quicker != cells
    done = executed(quicker, tmp_path).cells
    shown = done[0].outputs
    assert any("42" in output.get("data", {}).get("text/html", "") for output in shown)
    table = done[2].outputs[0]["data"]["text/html"]
    assert "local-whisper-tiny.en" in table
    assert "local-pocketsphinx against local-whisper-tiny.en" in table
    assert len(printed(done[4]).splitlines()) >= 3
    pictures = [cell for cell in done if any("image/png" in output.get("data", {}) for output in cell.outputs)]
    assert len(pictures) == 3
    assert done[-1].outputs[0]["data"]["text/plain"] == "True"
    assert (tmp_path / "comparison.tape").stat().st_size > 100_000
