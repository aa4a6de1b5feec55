"""A saved notebook in nbconvert's PDF: what it prints is the page of its template "webpdf", by Chromium."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import nbformat.v4 as v4
import pytest
from support.browser import SHARED_BROWSER
from tape.making import short_tape

from ipyscribe import models, sample_reference
from ipyscribe.comparison import Comparison
from ipyscribe.comparison.compared_text import table_text
from ipyscribe.lesson import tape
from ipyscribe.replay import Replay
from ipyscribe.tape import Tape
from ipyscribe.widgets.comparison.comparison_copy import ComparisonCopy
from ipyscribe.widgets.shared.saved_copy import SessionCopy

WIDGET = {
    "text/plain": "<the widget>",
    "application/vnd.jupyter.widget-view+json": {"version_major": 2, "version_minor": 0, "model_id": "gone"},
}


def notebook(*shown: dict[str, str]) -> Any:
    """As JupyterLab saves it by default: a view without its state, and the copy that stands in for it."""
    outputs = [v4.new_output("display_data", data) for data in shown]
    return v4.new_notebook(cells=[v4.new_code_cell("t", outputs=outputs)])


def web_page(saved: Any) -> str:
    from nbconvert import HTMLExporter  # here, as every worker loads this file

    exporter = HTMLExporter(template_name="webpdf", mathjax_url="", require_js_url="")
    return str(exporter.from_notebook_node(saved)[0])


def copies() -> dict[str, dict[str, str]]:
    replay = Replay(Tape.together(short_tape(), short_tape(), labels=["quick", "patient"]))
    replay.seek(math.inf)
    side = Comparison.from_replay(replay)
    return {
        "session": SessionCopy().bundle(replay.lanes[0]),
        "comparison": ComparisonCopy().bundle((side, table_text(side))),
    }


@pytest.mark.browser
def test_wide_tables_are_printed_in_full() -> None:
    side = Comparison.from_tape(tape("models"), reference="\n".join(turn.text for turn in sample_reference()))
    shown = [
        models()._repr_html_(),
        side.table()._repr_html_(),
        ComparisonCopy().bundle((side, table_text(side)))["text/html"],
    ]
    with SHARED_BROWSER.new_context(offline=True) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 720, "height": 900})  # a sheet within its margins
        page.emulate_media(media="print")
        page.set_content(web_page(notebook(*({"text/html": each} for each in shown))))
        widths = page.eval_on_selector_all(
            "table", "all => all.map(each => [each.offsetWidth, each.closest('.jp-OutputArea-output').clientWidth])"
        )
    assert len(widths) == 4
    assert all(table <= paper for table, paper in widths)


@pytest.mark.browser
@pytest.mark.parametrize(("of", "parts"), [("session", ["2 turns"]), ("comparison", ["quick", "patient", "churn"])])
def test_transcript_and_timeline_are_printed(of: str, parts: list[str], tmp_path: Path) -> None:
    from pypdf import PdfReader  # here, as every worker loads this file

    saved = notebook(WIDGET, copies()[of])
    path = tmp_path / "saved.html"
    path.write_text(web_page(saved), encoding="utf-8")
    with SHARED_BROWSER.new_context(offline=True) as context:
        page = context.new_page()
        page.emulate_media(media="print")
        page.goto(path.as_uri())
        printed = PdfReader(io.BytesIO(page.pdf(print_background=True)))
    text = "\n".join(sheet.extract_text() for sheet in printed.pages)
    for part in ("one two three", *parts):
        assert part in text
    [picture] = [picture for sheet in printed.pages for picture in sheet.images]
    assert picture.image is not None
    assert picture.image.size[0] > 1000
    from nbconvert import LatexExporter

    source, _ = LatexExporter().from_notebook_node(saved)
    assert "one two three" in source
