"""Many recordings through the same models, with a line for each and a table at the end."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from ipyscribe.access import default_model
from ipyscribe.comparison.table import Record
from ipyscribe.errors import ParameterError, ScribeError
from ipyscribe.evaluation import Evaluation, Recording
from ipyscribe.protocol.plain import plain


def evaluate(options: argparse.Namespace) -> int:
    """Play all recordings and print the table; gives 0, 1 where a model failed at some, or 130 if Ctrl-C ended it.

    Of what was heard before an error the table is printed too; then it is raised.
    """
    endpoint = {} if options.endpoint is None else {"endpoint": options.endpoint}
    evaluation = Evaluation(
        options.model or [default_model(endpoint=options.endpoint)],
        options.recordings,
        folder=options.folder,
        speed=options.speed,
        language=options.language,
        normaliser=options.normaliser,
        max_cost_usd=options.max_cost_usd,
        **endpoint,
    )
    cost = evaluation.expected_cost_usd
    price = "cost unknown" if cost is None else f"${cost:.2f}" if cost else "free"
    length = "an unknown time" if evaluation.duration_s is None else f"{evaluation.duration_s:.0f} s"
    print(f"{len(evaluation.left)} recordings to be heard; all of them last {length}, {price}")
    status = 0
    problem: ScribeError | None = None
    try:
        evaluation.run(_say)
    except KeyboardInterrupt:
        status = 130
    except ScribeError as error:
        problem = error
    for name, said in evaluation.failures.items():
        print(plain(f"ipyscribe: {name}: {said}"), file=sys.stderr)
    print("\n" + "\n".join(map(plain, str(evaluation.table()).splitlines())), flush=True)
    if options.csv:
        _write(options.csv, evaluation.records())
    if problem is not None:
        raise problem
    return status or int(bool(evaluation.failures))


def _say(number: int, of: int, recording: Recording) -> None:
    print(plain(f"{number} of {of}  {recording.name}"), flush=True)


def _write(place: str, records: Iterable[Record]) -> None:
    rows = list(records)
    try:
        with Path(place).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, fieldnames=rows[0] if rows else ["recording", "model"])
            table.writeheader()
            table.writerows(rows)
    except OSError as error:
        raise ParameterError(
            f"{place!r} cannot be written ({error.strerror or error}).", advice="Name another file."
        ) from None
