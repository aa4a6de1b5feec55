"""A format is one entry of the registry, and all that offers formats follows from it."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from timeline.speech import call

from ipyscribe import export
from ipyscribe.cli import main
from ipyscribe.errors import ParameterError
from ipyscribe.export import FORMATS, CueStyle, Format, MenuEntry
from ipyscribe.widgets.save import save_view

DOCS = Path(__file__).parents[2] / "docs/export.md"


def table_row(form: Format) -> str:
    """The line of docs/export.md for ``form``; the options of subtitles have a table of their own there."""
    styles = CueStyle.__dataclass_fields__ if "line_length" in form.options else {}
    options = [f"`{name}={value!r}`".replace("'", '"') for name, value in form.options.items() if name not in styles]
    options += ["[subtitle options](#subtitles)"] if styles else []
    name = f"{form.label}, for one model" if form.one_lane else form.label
    return f"| `.{form.extension}` | {name} | `{form.write.__name__}` | {', '.join(options)} |"


def test_the_table_of_the_docs_lists_every_format() -> None:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `.")]
    assert rows == [table_row(form) for form in FORMATS.values()]


def test_the_docs_have_every_option_of_subtitles_with_its_default() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name, field in CueStyle.__dataclass_fields__.items():
        assert f"`{name}`" in text
        assert str(field.default).removesuffix(".0") in text


def test_a_new_format_appears_everywhere_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def to_loud(exportable: Any, *, marks: int = 1, lane: str | None = None) -> str:
        """The text in capitals."""
        return export.to_text(exportable, lane=lane).upper() + "!" * marks

    form = Format("loud", "Loud text", "To read", "text/plain", to_loud, menu=(MenuEntry("Very loud", {"marks": 3}),))
    monkeypatch.setitem(FORMATS, "loud", form)
    assert export.content(call(1), "loud").endswith(b"TODAY?\n!")
    assert export.save(call(1), tmp_path / "call.LOUD", marks=2).read_text().endswith("!!")
    with pytest.raises(ParameterError, match=r"options are: marks, lane\."):
        export.content(call(1), "loud", times=True)
    with pytest.raises(ParameterError, match=r"\.loud"):
        export.content(call(1), "docx")
    entry = save_view._downloads()["loud"]  # the entries of the menu when the module is imported
    assert (entry.label, entry.group) == ("Very loud", "To read")
    assert entry.make(call(1)).endswith(b"!!!")
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit):
        main(["transcribe", "--help"])
    assert ".loud" in "".join(out.getvalue().split())


def test_the_longest_extension_wins() -> None:
    assert export.format_of("talk.seglst.json") is FORMATS["seglst.json"]
    assert export.format_of("talk.json") is FORMATS["json"]
    assert export.format_of(Path("a.textgrid")) is FORMATS["TextGrid"]
