"""``ipyscribe COMMAND``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence

from ipyscribe.cli.arguments import parse
from ipyscribe.errors import MissingKeyError, NoInputDeviceError, ScribeError
from ipyscribe.plain_text import plain

_KEY_ADVICE = "Run 'ipyscribe login', set ASSEMBLYAI_API_KEY, or use --model local-whisper-tiny.en, which needs no key."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 for a reported error, 130 for Ctrl-C.

    Wrong usage leaves the program with status 2.
    """
    options = parse(arguments, _COMMANDS)
    try:
        status = int(options.run(options))
        sys.stdout.flush()  # at exit Python would complain of a reader that has left
        return status
    except ScribeError as error:
        advice = _KEY_ADVICE if isinstance(error, MissingKeyError) else error.advice
        print(plain(f"ipyscribe: {error.message} {advice}".rstrip()), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader has left, as in "| head": Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _serve(options: argparse.Namespace) -> int:
    from ipyscribe.cli.serve import serve

    return serve(options)


def _transcribe(options: argparse.Namespace) -> int:
    from ipyscribe.cli.transcribe import transcribe

    return transcribe(options)


def _evaluate(options: argparse.Namespace) -> int:
    from ipyscribe.cli.evaluate import evaluate

    return evaluate(options)


def _tapes(options: argparse.Namespace) -> int:
    from ipyscribe.cli.tapes import tapes

    return tapes(options)


def _doctor(options: argparse.Namespace) -> int:
    from ipyscribe.cli.doctor import check

    return check(options)


def _models(_: argparse.Namespace) -> int:
    from ipyscribe.protocol import models

    if not sys.stdout.isatty():
        print(models())
        return 0
    columns = shutil.get_terminal_size().columns
    for model in models():
        print(model.name, *textwrap.wrap(model.summary, max(20, columns - 2)), sep="\n  ")
    return 0


def _devices(_: argparse.Namespace) -> int:
    from ipyscribe.audio import input_devices

    devices = input_devices()
    if not devices:
        raise NoInputDeviceError(
            "PortAudio sees no microphone on this machine.", advice="Files and the sample work without one."
        )
    for device in devices:
        print(plain(f"{'*' if device.is_default else ' '} {device.index:3}  {device.full_name}"))
    return 0


def _login(_: argparse.Namespace) -> int:
    from ipyscribe.access import login

    print(login())
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "transcribe": _transcribe,
    "evaluate": _evaluate,
    "serve": _serve,
    "models": _models,
    "devices": _devices,
    "login": _login,
    "tapes": _tapes,
    "doctor": _doctor,
}
