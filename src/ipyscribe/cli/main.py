"""``ipyscribe COMMAND``."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from ipyscribe.cli.arguments import parse
from ipyscribe.errors import MissingKeyError, NoInputDeviceError, ScribeError, StorageError
from ipyscribe.protocol.plain import plain

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
    from ipyscribe.local import FAULT_KINDS, RecordedConnection, ScriptedRecognition, parse_fault, serve

    if "list" in options.fault:
        for name, kind in FAULT_KINDS.items():
            print(f"{name:15} {kind.meaning} (at {', '.join(kind.stages)})")
        return 0
    script = ScriptedRecognition.from_file(options.script) if options.script else None
    recorded: tuple[RecordedConnection, ...] = ()
    if options.tape:
        from ipyscribe.cli.tape_frames import recorded_of

        script, recorded = ScriptedRecognition({"turns": []}), recorded_of(options.tape)
    faults = [parse_fault(text) for text in options.fault]

    token = options.token
    if token == "-":  # noqa: S105 - stands for standard input
        token = sys.stdin.readline().strip() or None
    elif token is None and not options.no_token:
        token = secrets.token_urlsafe(24)
    token_lines = [f"token {token}"] if token and options.token is None else []

    def announce(line: str) -> None:
        print(line, *token_lines, sep="\n", flush=True)

    with contextlib.ExitStack() as stack:
        watch = None
        if options.log:
            from ipyscribe.local.journal import Journal

            watch = Journal(stack.enter_context(_opened_log(options.log)))
        return serve(
            host=options.host,
            port=options.port,
            token=token,
            model_dir=options.model,
            load=(lambda: script) if script else None,
            simulate=options.simulate,
            formatting=options.formatting,
            older=options.older,
            faults=faults,
            watch=watch,
            recorded=recorded,
            idle_exit_s=options.idle_exit,
            exit_with_stdin=options.exit_with_stdin,
            announce=announce,
        )


def _opened_log(path: str) -> TextIO:
    try:
        return Path(path).open("a", encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The log {path!r} cannot be written ({error.strerror or error}).", advice="Name another file."
        ) from None


def _transcribe(options: argparse.Namespace) -> int:
    from ipyscribe.cli.transcribe import transcribe

    return transcribe(options)


def _evaluate(options: argparse.Namespace) -> int:
    from ipyscribe.cli.evaluate import evaluate

    return evaluate(options)


def _tapes(options: argparse.Namespace) -> int:
    from ipyscribe.cli.tapes import tapes

    return tapes(options)


def _models(_: argparse.Namespace) -> int:
    from ipyscribe.protocol import models

    print(models())
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
}
