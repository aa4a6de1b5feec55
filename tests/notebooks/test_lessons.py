"""Each lesson runs with its exercises answered, and reads well as a page and in print; so does the comparison."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from notebooks.running import ROOT, printed
from support.browser import SHARED_BROWSER
from support.kernels import ipykernel_beside

from ipyscribe.lesson.solutions import SOLUTIONS

LESSONS = {
    "words-that-move": "words",
    "how-late-is-a-word": "late",
    "when-is-a-turn-over": "turns",
    "how-wrong-is-a-transcript": "wrong",
    "which-model-is-better": "better",
    "what-goes-wrong": "broken",
}
COMPARISON = "compare"
OLDEST = "6.31.0"
"""The ipykernel of the run in papermill; all others have the newest."""
QUICKER = {
    'label="two turns of the sample"': 'label="two turns of the sample", speed=3',
    "speed=2)": "speed=4)",
    "source=scribe.sample()": "source=scribe.sample(speed=4)",
}
ANSWER = re.compile(r"^(answer_(\d)) = \.\.\.$", re.MULTILINE)

pytestmark = [pytest.mark.kernel, pytest.mark.recogniser, pytest.mark.timeout(600)]


def lesson(name: str) -> Any:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def answered(source: str, exercise: str) -> str:
    """The cell with the right answer in the place of the dots, and quicker where it plays in real time."""
    for slow, quick in QUICKER.items():
        source = source.replace(slow, quick)

    def answer(match: re.Match[str]) -> str:
        return f"{match[1]} = {SOLUTIONS[f'{exercise}-{match[2]}'].answer()!r}"

    return ANSWER.sub(answer, source)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All lessons, answered, and the comparison, run; each as a notebook and as a page."""
    folder = tmp_path_factory.mktemp("lessons")
    for name in [*LESSONS, COMPARISON]:
        notebook = lesson(name)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = answered(cell.source, LESSONS.get(name, ""))
        nbformat.write(notebook, folder / f"{name}.ipynb")
    command = [sys.executable, str(Path(__file__).with_name("lesson_runner.py")), str(folder)]
    ran = subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=550, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


def environment(folder: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name != "ASSEMBLYAI_API_KEY"}
    return env | {"IPYTHONDIR": str(folder / "ipython"), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_and_its_answers_are_right(name: str, done: Path) -> None:
    cells = [cell for cell in nbformat.read(done / f"{name}.ipynb", as_version=4).cells if cell.cell_type == "code"]
    verdicts = [cell.outputs[0]["data"]["text/plain"] for cell in cells if "lesson.check(" in cell.source]
    assert [verdict.partition(".")[0] for verdict in verdicts] == ["Right", "Right"]
    shown = [output for cell in cells for output in cell.outputs]
    assert [output.text for output in shown if output.output_type == "stream" and output.name == "stderr"] == []


def test_two_recognisers_of_this_computer_are_compared(done: Path) -> None:
    notebook = nbformat.read(done / f"{COMPARISON}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "speed=4" in cells[0].source
    assert any("42" in output.get("data", {}).get("text/html", "") for output in cells[0].outputs)
    table = cells[2].outputs[0]["data"]["text/html"]
    assert "local-whisper-tiny.en" in table
    assert "local-pocketsphinx against local-whisper-tiny.en" in table
    assert len(printed(cells[4]).splitlines()) >= 3
    pictures = [cell for cell in cells if any("image/png" in output.get("data", {}) for output in cell.outputs)]
    assert len(pictures) == 3
    assert cells[-1].outputs[0]["data"]["text/plain"] == "True"
    assert (done / "comparison.tape").stat().st_size > 100_000


@pytest.mark.browser
@pytest.mark.parametrize("name", [*LESSONS, COMPARISON])
def test_a_lesson_reads_well_as_a_page_and_in_print(name: str, done: Path) -> None:
    from pypdf import PdfReader  # here, as every worker loads this file

    with SHARED_BROWSER.new_context(offline=True) as context:
        page = context.new_page()
        page.goto((done / f"{name}.html").as_uri())
        pictures = page.eval_on_selector_all("img", "all => all.map(each => [each.naturalWidth, each.clientWidth])")
        assert [natural for natural, shown in pictures if shown and not natural] == []
        assert "Traceback" not in page.locator("body").inner_text()
        assert page.locator("table, img, .jp-RenderedText").count() >= 3
        text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(page.pdf())).pages)
    if name != COMPARISON:
        assert "What a key would add" in text
        assert "Right." in text


def test_no_line_of_code_is_cut_in_print() -> None:
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        lines = [line for cell in cells for line in cell.source.splitlines()]
        assert [line for line in lines if len(line) > 76] == [], path.name


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_what_each_has(name: str) -> None:
    notebook = lesson(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "To do.**" in prose or "Find out" in prose or "By ear" in prose or "Hear the cuts" in prose
    assert notebook.cells[-1].source.startswith("## What a key would add")
    exercises = re.findall(r'lesson\.check\("(\w+-\d)"', "\n".join(cell.source for cell in code))
    assert exercises == [f"{LESSONS[name]}-1", f"{LESSONS[name]}-2"]
    assert len(prose.split()) > 200
    assert "api_key=" not in json.dumps(notebook)


def test_a_lesson_runs_in_papermill_and_in_nbconvert(tmp_path: Path) -> None:
    for name, arguments in {
        "how-late-is-a-word": ["papermill", "--no-progress-bar", "--log-level", "ERROR"],
        "how-wrong-is-a-transcript": ["jupyter", "nbconvert", "--execute", "--to", "html", "--log-level", "ERROR"],
    }.items():
        notebook = str(ROOT / "notebooks" / f"{name}.ipynb")
        out = tmp_path / f"{name}.{'ipynb' if arguments[0] == 'papermill' else 'html'}"
        where = [str(out), "--cwd", str(tmp_path)] if arguments[0] == "papermill" else ["--output", str(out)]
        command = [sys.executable, "-m", *arguments, notebook, *where]
        env = environment(tmp_path)
        if arguments[0] == "papermill":
            env |= ipykernel_beside(OLDEST)
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=500, check=False)
        assert done.returncode == 0, done.stderr
        text = out.read_text(encoding="utf-8")
        assert "Replace the three dots by your answer" in text
        assert ("endpointing delay" if name.startswith("how-late") else "seven thirty") in text
