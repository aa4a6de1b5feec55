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
_FIGURES_EVERY_S = 2.0
_FIGURES_SHARE = 0.1
"""Of one core, at most, for the figures."""
_BAR = "{n_fmt}/{total_fmt} |{bar:20}| {desc}"


@contextmanager
def progress_bar(evaluation: Evaluation, out: TextIO | None = None) -> Iterator[None]:
    """A bar on ``out``, standard error by default, while ``evaluation`` runs."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # it would start a thread that never ends
    bar = tqdm(total=len(evaluation.recordings), file=out or sys.stderr, bar_format=_BAR, dynamic_ncols=True)
    try:
        with background_thread(lambda over: _follow(evaluation, bar, over), "ipyscribe-progress"):
            yield
    finally:
        bar.close()


def _follow(evaluation: Evaluation, bar: Any, over: threading.Event) -> None:
    figures, version, due_s = "", -1, 0.0
    while True:
        ended = over.wait(_EVERY_S)
        if evaluation.version != version and (ended or time.monotonic() >= due_s):
            version, began_s = evaluation.version, time.monotonic()
            figures = figures_text(evaluation.summary().table)
            took_s = time.monotonic() - began_s
            due_s = time.monotonic() + max(_FIGURES_EVERY_S, took_s / _FIGURES_SHARE)
        progress = evaluation.progress
        bar.n = progress.played
        failed = f"{progress.failed} failed" if progress.failed else ""
        waiting = "waiting to open sessions" if progress.status == "waiting" else ""
        parts = (progress.time_text, progress.cost_text, failed, waiting, figures)
        bar.set_description_str(plain(", ".join(filter(None, parts))))
        if ended:
            return


def figures_text(records: list[Record]) -> str:
    """The error rate of each model, with its interval."""
    texts = []
    for record in records:
        if record["wer"] is not None:
            low, high = record["wer_low"], record["wer_high"]
            interval = "" if low is None else f" ({100 * low:.1f}\u2013{100 * high:.1f})"
            texts.append(f"{record['model']} {100 * record['wer']:.1f} %{interval}")
    return ", ".join(texts)
