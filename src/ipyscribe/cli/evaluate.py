"""Many recordings through the same models, with a progress bar and a table at the end."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from ipyscribe.access import default_model
from ipyscribe.cli.progress_bar import progress_bar
from ipyscribe.cli.waiting import waiting
from ipyscribe.comparison.table import Record
from ipyscribe.errors import ScribeError, SessionLimitError
from ipyscribe.evaluation import Evaluation, Recording
from ipyscribe.evaluation.notes import left_out_notes
from ipyscribe.evaluation.progress import about_usd
from ipyscribe.export.csv_text import csv_text
from ipyscribe.metrics.equivalents import read_equivalents
from ipyscribe.plain_text import plain
from ipyscribe.protocol.new_session_limit import ENVIRONMENT_VARIABLE
from ipyscribe.tape.atomic_write import atomic_write

_WIDE_COLUMNS = 1000
_REFUSED_WAIT = "Those that are refused wait and try again."
_HOW_TO_GO_ON = (
    f"Give --yes to open them anyway: those that are refused wait and try again. How many your account may "
    f"open: --sessions-per-minute, or {ENVIRONMENT_VARIABLE}."
)


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
            equivalents=read_equivalents(options.equivalents) if options.equivalents else (),
            keyterms=options.keyterm,
            blocks=options.blocks,
            max_cost_usd=options.max_cost_usd,
            price_per_hour_usd=options.price_per_hour_usd,
            sessions_per_minute=options.sessions_per_minute,
        )
    cost_usd = evaluation.expected_cost_usd
    price = "price unknown" if cost_usd is None else about_usd(cost_usd) if cost_usd else "free"
    total = len(evaluation.recordings)
    length = "length unknown" if evaluation.duration_s is None else f"{evaluation.duration_s:.0f} s in all"
    print(f"{len(evaluation.left)} of {total} recordings to play; {length}, {price}")
    for note in filter(None, (evaluation.folder_note, *left_out_notes(evaluation.left_out))):
        print(plain(f"ipyscribe: {note}"), file=sys.stderr)
    status = 0
    raised: ScribeError | None = None
    try:
        _run(evaluation, confirm=options.yes)
    except KeyboardInterrupt:
        status = 130
    except ScribeError as error:
        raised = error
    for note in left_out_notes(evaluation.failures):
        print(plain(f"ipyscribe: {note}"), file=sys.stderr)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE_COLUMNS
    print(f"\n{evaluation.table().to_text(columns)}", flush=True)
    if options.csv:
        _write_csv(options.csv, evaluation.records())
    if raised is not None:
        raise raised
    return status or int(bool(evaluation.failures))


def _run(evaluation: Evaluation, *, confirm: bool) -> None:
    """Play all recordings; where that opens more sessions at once than the account may open, ask the person first."""
    try:
        _play(evaluation, confirm=confirm)
    except SessionLimitError as error:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise SessionLimitError(
                error.message, sessions=error.sessions, allowed=error.allowed, advice=_HOW_TO_GO_ON
            ) from None
        print(plain(f"ipyscribe: {error.message} {_REFUSED_WAIT}"), file=sys.stderr)
        if input("Open them anyway? [y/N] ").strip().lower() not in ("y", "yes"):
            raise KeyboardInterrupt from None
        _play(evaluation, confirm=True)


def _play(evaluation: Evaluation, *, confirm: bool) -> None:
    """With a progress bar on a terminal, else with a line for each recording."""
    if not sys.stderr.isatty():
        evaluation.run(_print_recording, confirm=confirm)
        return
    with progress_bar(evaluation):
        evaluation.run(confirm=confirm)


def _print_recording(number: int, total: int, recording: Recording) -> None:
    print(plain(f"{number} of {total}  {recording.name}"), flush=True)


def _write_csv(path: str, records: Iterable[Record]) -> None:
    rows = list(records)
    columns = list(rows[0]) if rows else ["recording", "model"]
    atomic_write(Path(path).expanduser(), csv_text(columns, rows).encode("utf-8", "replace"))
