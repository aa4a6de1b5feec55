"""The mark of a simulated model is part of its label: one recording is shown in every way there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local.harness import CountingRecognition, running
from session.sources import tone
from widgets.conftest import wait_until_published

from ipyscribe import Comparison, Evaluation, Replay, Tape
from ipyscribe.evaluation import Recording
from ipyscribe.export import FORMATS, content, freeze
from ipyscribe.export.page import to_html
from ipyscribe.timeline import plot_timeline

UNMARKED = re.compile(r"(?:u3-rt-pro|whisper-rt)(?! \((?:[^()]*, )?simulated\))")
"""The name of a model of AssemblyAI's without a word that it was simulated."""
WARNING = "are this computer's, not AssemblyAI's"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    """Two models that a server of this computer has played, which nothing but the server has said."""
    with running(CountingRecognition, simulate=True) as url:
        comparison = Comparison(
            ["u3-rt-pro", "whisper-rt"], source=tone(3), endpoint=url, reference="word zero", max_turn_silence=300
        )
        comparison.run()
    yield comparison
    comparison.close()


@pytest.fixture(scope="module")
def path(both: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return both.tape.save(tmp_path_factory.mktemp("tape") / "both.tape")


@pytest.fixture(scope="module")
def recorded(path: Path) -> Iterator[Comparison]:
    comparison = Comparison.from_tape(path, reference="word zero")
    comparison.view.update_saved_copy()
    yield comparison
    comparison.close()
    wait_until_published()


def texts(figure: Any) -> str:
    return "\n".join(text.get_text() for text in figure.findobj() if hasattr(text, "get_text")) + figure.description


TABLES_AND_FIGURES: dict[str, Callable[[Comparison], str]] = {
    "table": lambda c: str(c.table()),
    "narrow table": lambda c: c.table().to_text(40),
    "table in a notebook": lambda c: c.table()._repr_html_(),
    "data frame": lambda c: f"{c.table().to_dataframe().to_csv()} {c.table().to_dataframe().attrs}",
    "plot_timeline": lambda c: texts(c.plot_timeline()),
    "plot_latency": lambda c: texts(c.plot_latency()),
    "plot_accuracy_latency": lambda c: texts(c.plot_accuracy_latency()),
    "plot_words": lambda c: texts(c.plot_words(0, 3000)),
    "freeze": lambda c: c.freeze().page,
    "panel": lambda c: json.dumps(c.view.panel.metrics),  # type: ignore[attr-defined]
}
OTHERS: dict[str, Callable[[Comparison], str]] = {
    "repr": repr,
    "labels": lambda c: str(c.labels),
    "scores": lambda c: str(list(c.scores())),
    "transcripts": lambda c: str(list(c.transcripts)),
    "aligned words": lambda c: str(c.aligned_words()),
    "tape": lambda c: f"{c.tape!r} {c.tape.labels} {[lane.server for lane in c.tape.lanes]}",
    "first lane": lambda c: freeze(c, lane=c.labels[0]).page,
    "export_html": to_html,
    "saved copy": lambda c: str(c.view.saved_copy.bundle(c.view._saved_content())),  # type: ignore[attr-defined]  # the view's own
}


@pytest.mark.parametrize("output", [*TABLES_AND_FIGURES, *OTHERS])
def test_no_output_shows_the_name_without_the_mark(both: Comparison, recorded: Comparison, output: str) -> None:
    in_table_or_figure = output in TABLES_AND_FIGURES
    shown = (TABLES_AND_FIGURES | OTHERS)[output](recorded if in_table_or_figure else both)
    shown = " ".join(shown.replace("&#x27;", "'").split())
    assert "simulated)" in shown
    assert not UNMARKED.search(shown)
    assert WARNING in shown or not in_table_or_figure


@pytest.mark.parametrize("extension", [name for name, each in FORMATS.items() if not each.needs_audio])
def test_no_file_has_the_name_without_the_mark(both: Comparison, extension: str) -> None:
    lane = {"lane": "u3-rt-pro"} if FORMATS[extension].one_lane else {}
    written = content(both, extension, **lane)
    text = written if isinstance(written, str) else written.decode()
    assert not UNMARKED.search(text)


def test_a_recording_is_marked_before_it_is_played(both: Comparison, path: Path) -> None:
    alone = both.lanes[0].tape.save(path.parent / "alone.tape")
    replay = Replay(alone)
    assert replay.position_s == 0.0
    assert (replay.simulated, replay.model.title) == (True, "u3-rt-pro (simulated)")
    assert replay.server.endswith(", simulated")
    assert not UNMARKED.search(repr(replay) + repr(Tape.load(alone)) + str(replay.view.head.state["model"]))  # type: ignore[attr-defined]
    assert "simulated" in str(replay.view.head.state)  # type: ignore[attr-defined]
    replay.view.close()
    assert WARNING in " ".join(texts(plot_timeline(Tape.load(alone).transcript, label=replay.model.title)).split())


def test_an_evaluation_is_marked_by_what_was_played() -> None:
    recording = Recording("a", None, "word zero", load=lambda: (np.ones(16_000, np.float32) / 2, 16_000))
    with running(CountingRecognition, simulate=True) as url:
        evaluation = Evaluation(["u3-rt-pro"], [recording], endpoint=url, speed=8)
        evaluation.run()
    assert evaluation.labels == ("u3-rt-pro (simulated)",)
    for shown in (
        str(evaluation.table()),
        repr(evaluation),
        str(evaluation.errors()),
        texts(evaluation.plot_latency()),
    ):
        assert not UNMARKED.search(shown)
    assert WARNING in " ".join(str(evaluation.table()).split())
