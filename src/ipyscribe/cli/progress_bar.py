"""The progress of an evaluation on a terminal: a bar with time, money and the figures so far."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from ipyscribe.background import background_thread
from ipyscribe.comparison.table import Record
from ipyscribe.evaluation import Evaluation
from ipyscribe.plain_text import plain

_EVERY_S = 0.5
_COLUMNS = 80
"""Where the terminal does not say how wide it is."""
_FIGURES_EVERY_S = 2.0
_FIGURES_SHARE = 0.1
"""Of one core, at most, for the figures."""
_NARROWEST_BAR, _WIDEST_BAR = 5, 20


@contextmanager
def progress_bar(evaluation: Evaluation, out: TextIO | None = None) -> Iterator[None]:
    """A bar on ``out``, standard error by default, while ``evaluation`` runs."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # it would start a thread that never ends
    bar = tqdm(
        total=len(evaluation.recordings), file=out or sys.stderr, bar_format=_bar(_WIDEST_BAR), dynamic_ncols=True
    )
    try:
        with background_thread(lambda over: _follow(evaluation, bar, over), "ipyscribe-progress"):
            yield
    finally:
        bar.close()


def _follow(evaluation: Evaluation, bar: Any, over: threading.Event) -> None:
    figures, brief_figures, version, due_s = "", "", -1, 0.0
    while True:
        ended = over.wait(_EVERY_S)
        if evaluation.version != version and (ended or time.monotonic() >= due_s):
            version, began_s = evaluation.version, time.monotonic()
            records = evaluation.summary().table
            figures, brief_figures = figures_text(records), figures_text(records, intervals=False)
            took_s = time.monotonic() - began_s
            due_s = time.monotonic() + max(_FIGURES_EVERY_S, took_s / _FIGURES_SHARE)
        progress = evaluation.progress
        bar.n = progress.played
        failed = f"{progress.failed} failed" if progress.failed else ""
        waiting = "waiting to open sessions" if progress.status == "waiting" else ""
        parts = (progress.time_text, progress.cost_text, failed, waiting)
        longest, shortest = (plain(", ".join(filter(None, (*parts, text)))) for text in (figures, brief_figures))
        columns = bar.format_dict["ncols"] or _COLUMNS
        room = columns - len(f"{bar.n}/{bar.total} || ") - _NARROWEST_BAR
        text = longest if len(longest) <= room else shortest
        bar.bar_format = _bar(max(_NARROWEST_BAR, min(_WIDEST_BAR, _NARROWEST_BAR + room - len(text))))
        bar.set_description_str(text)
        if ended:
            return


def _bar(width: int) -> str:
    return f"{{n_fmt}}/{{total_fmt}} |{{bar:{width}}}| {{desc}}"


def figures_text(records: list[Record], *, intervals: bool = True) -> str:
    """The error rate of each model, with its interval."""
    texts = []
    for record in records:
        if record["wer"] is not None:
            low, high = record["wer_low"], record["wer_high"]
            interval = "" if low is None or not intervals else f" ({100 * low:.1f}\u2013{100 * high:.1f})"
            texts.append(f"{record['model']} {100 * record['wer']:.1f} %{interval}")
    return ", ".join(texts)
