"""Recordings left behind by killed programs: list, save, delete."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

from ipyscribe.errors import IncompleteTapeWarning, StorageError, TapeError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.tape import Tape
from ipyscribe.tape.abandoned import KEPT_DAYS, remove


def tapes(options: argparse.Namespace) -> int:
    """Print a line for each, and save or delete them; returns 0, or 1 if one could not be saved."""
    warnings.simplefilter("ignore", IncompleteTapeWarning)  # each of them lacks its end
    status = 0
    folders = Tape.abandoned()
    for folder in folders:
        try:
            tape = Tape.load(folder)
            models = ", ".join(tape.labels)
            line = f"{tape.began:%Y-%m-%d %H:%M} UTC  {clock_text(tape.duration_s):>7}  {models}  {folder}"
            if options.save:
                line += f" -> {tape.save(Path(options.save) / f'{tape.began:%Y-%m-%d-%H%M%S}-{folder.name[-8:]}.tape')}"
        except (StorageError, TapeError) as error:
            status = 1 if options.save else 0
            line = f"{folder}: {error.message}"
        if options.remove:
            remove(folder)
            line += " (still there)" if folder.exists() else " (removed)"
        print(plain(line), flush=True)
    if not folders:
        print("No recordings were left behind.")
    elif not options.remove:
        print(f"Each is deleted {KEPT_DAYS} days after its last word; 'ipyscribe tapes --remove' deletes all now.")
    return status
