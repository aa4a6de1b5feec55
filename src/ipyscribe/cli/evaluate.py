"""Many recordings through the same models, with a line for each and a table at the end."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from ipyscribe.access import default_model
from ipyscribe.cli.waiting import waiting
from ipyscribe.comparison.table import Record
from ipyscribe.errors import ScribeError
from ipyscribe.evaluation import Evaluation, Recording
from ipyscribe.export.csv_text import csv_text
from ipyscribe.plain_text import plain
from ipyscribe.tape.atomic_write import atomic_write

_WIDE_COLUMNS = 1000


def evaluate(options: argparse.Namespace) -> int:
    """Play all recordings and print the table; returns 0, 1 if a model failed at some, or 130 after Ctrl-C.

    After an error, the table of the recordings played so far is printed; then the error is raised.
    """
    with waiting("Reading the recordings"):
        evaluation = Evaluation(
            options.model or [default_model(endpoint=options.endpoint)],
            options.recordings,
            endpoint=options.endpoint,
            connect_for_s=options.connect_for,
            folder=options.folder,
            at_once=options.at_once,
            speed=options.speed,
            language=options.language,
            normaliser=options.normaliser,
            max_cost_usd=options.max_cost_usd,
        )
    cost_usd = evaluation.expected_cost_usd
    price = "price unknown" if cost_usd is None else f"${cost_usd:.2f}" if cost_usd else "free"
    total = len(evaluation.recordings)
    length = "length unknown" if evaluation.duration_s is None else f"{evaluation.duration_s:.0f} s in all"
    print(f"{len(evaluation.left)} of {total} recordings to play; {length}, {price}")
    for name, reason in evaluation.left_out.items():
        print(plain(f"ipyscribe: {name} is left out: {reason}."), file=sys.stderr)
    status = 0
    raised: ScribeError | None = None
    try:
        evaluation.run(_print_recording)
    except KeyboardInterrupt:
        status = 130
    except ScribeError as error:
        raised = error
    for name, reason in evaluation.failures.items():
        print(plain(f"ipyscribe: {name}: {reason}"), file=sys.stderr)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE_COLUMNS
    print(f"\n{evaluation.table().to_text(columns)}", flush=True)
    if options.csv:
        _write_csv(options.csv, evaluation.records())
    if raised is not None:
        raise raised
    return status or int(bool(evaluation.failures))


def _print_recording(number: int, total: int, recording: Recording) -> None:
    print(plain(f"{number} of {total}  {recording.name}"), flush=True)


def _write_csv(path: str, records: Iterable[Record]) -> None:
    rows = list(records)
    columns = list(rows[0]) if rows else ["recording", "model"]
    atomic_write(Path(path).expanduser(), csv_text(columns, rows).encode("utf-8", "replace"))
