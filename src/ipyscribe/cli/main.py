"""``ipyscribe COMMAND``."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ipyscribe.errors import NoInputDeviceError, ScribeError
from ipyscribe.protocol.plain import plain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0, 1 for an error that is told, 2 for wrong usage, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        status = int(options.run(options))
        sys.stdout.flush()  # here, where it is known what to do if whoever read has left; at exit Python complains
        return status
    except ScribeError as error:
        print(plain(f"ipyscribe: {error}"), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read has left, as in "| head": Python would complain of it once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ipyscribe", description="Streaming speech-to-text, heard and watched.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="speak the v3 protocol on loopback, with the offline recogniser")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=0, help="port; 0 takes a free one (default)")
    token = serve.add_mutually_exclusive_group()
    token.add_argument(
        "--token", help="what clients must send; '-' reads it from standard input (default: a random one)"
    )
    token.add_argument("--no-token", action="store_true", help="ask for nothing")
    serve.add_argument("--model", metavar="DIR", help="a faster-whisper model directory or name")
    serve.add_argument("--idle-exit", type=float, metavar="S", help="leave S seconds after the last client")
    serve.add_argument("--exit-with-stdin", action="store_true", help="leave when standard input ends")
    _add_simulation(serve)
    serve.set_defaults(run=_serve)

    transcribe = commands.add_parser("transcribe", help="write what is said in the terminal, live")
    source = transcribe.add_mutually_exclusive_group()
    source.add_argument("file", nargs="?", help="a sound file; - is standard input (default: the bundled sample)")
    source.add_argument("--microphone", nargs="?", const="", metavar="NAME", help="listen to this machine's microphone")
    transcribe.add_argument("--channel", default="mix", help="mix (default), left, right, or a number counted from 0")
    transcribe.add_argument("--model", help="a name of 'ipyscribe models'")
    transcribe.add_argument("--endpoint", help="local, edge, us, eu, or an address")
    transcribe.add_argument("--output", metavar="FILE", action=_Output)
    transcribe.add_argument(
        "--speed", type=float, default=1.0, help="times the pace of speech, for a file (default: 1)"
    )
    transcribe.set_defaults(run=_transcribe)

    evaluate = commands.add_parser("evaluate", help="play many recordings to models and count their errors")
    evaluate.add_argument("recordings", help="a folder of sound files with texts beside them, or a .csv table of both")
    evaluate.add_argument("--model", action="append", help="a name of 'ipyscribe models'; again for another")
    evaluate.add_argument("--endpoint", help="local, edge, us, eu, or an address")
    evaluate.add_argument("--language", default="en", help="by whose rules words are compared (default: en)")
    evaluate.add_argument("--normaliser", default="ipyscribe", help="ipyscribe or whisper (default: ipyscribe)")
    evaluate.add_argument("--speed", type=float, default=1.0, help="times the pace of speech (default: 1)")
    evaluate.add_argument("--max-cost-usd", type=float, metavar="USD", help="begin nothing that could exceed this")
    evaluate.add_argument("--folder", help="keep tapes there, and go on where the last time ended")
    evaluate.add_argument("--csv", metavar="FILE", help="write one row for each recording and model")
    evaluate.set_defaults(run=_evaluate)

    commands.add_parser("models", help="what each model can do").set_defaults(run=_models)
    commands.add_parser("devices", help="the microphones of this machine").set_defaults(run=_devices)
    tapes = commands.add_parser("tapes", help="what programs left in the temporary files that were killed")
    does = tapes.add_mutually_exclusive_group()
    does.add_argument("--save", metavar="DIR", help="write each as a file in DIR; the folders stay")
    does.add_argument("--remove", action="store_true", help="take all of them away")
    tapes.set_defaults(run=_tapes)
    return parser


class _Output(argparse.Action):
    """The file to write; its help lists the formats, whose import takes longer than most commands."""

    @property
    def help(self) -> str:
        from ipyscribe.export import FORMATS

        return f"write the transcript there; by its extension: {', '.join(f'.{name}' for name in FORMATS)}"

    @help.setter  # noqa: A003
    def help(self, text: str | None) -> None:
        pass

    def __call__(self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *__: Any) -> None:
        setattr(namespace, self.dest, values)


def _add_simulation(serve: argparse.ArgumentParser) -> None:
    group = serve.add_argument_group("to test and to teach")
    group.add_argument("--simulate", action="store_true", help="take AssemblyAI's model names and speak their dialects")
    words = group.add_mutually_exclusive_group()
    words.add_argument("--script", metavar="FILE", help="say the words of a JSON script at their times; hear nothing")
    words.add_argument("--tape", metavar="FILE", help="say what was said on a tape, at the pace at which it was")
    group.add_argument(
        "--fault", action="append", default=[], metavar="SPEC",
        help="let something go wrong: KIND[:VALUE][@WHEN][xTIMES][#CONNECTION], as in drop@3s; 'list' shows all",
    )  # fmt: skip
    group.add_argument(
        "--formatting", choices=("two_step", "in_model", "off"), default="two_step",
        help="how universal-streaming formats a turn (default: two_step, an unformatted final and a formatted one)",
    )  # fmt: skip
    group.add_argument("--older", action="store_true", help="speak as servers did before June 2026")
    group.add_argument("--log", metavar="FILE", help="write a line of JSON for each message, without its words")


def _serve(options: argparse.Namespace) -> int:
    from ipyscribe.local import FAULT_KINDS, Recorded, ScriptedRecognition, parse_fault, serve

    if "list" in options.fault:
        for name, kind in FAULT_KINDS.items():
            print(f"{name:15} {kind.meaning} (at {', '.join(kind.moments)})")
        return 0
    script = ScriptedRecognition.from_file(options.script) if options.script else None
    recorded: tuple[Recorded, ...] = ()
    if options.tape:
        from ipyscribe.cli.tape_frames import recorded_of

        script, recorded = ScriptedRecognition({"turns": []}), recorded_of(options.tape)
    faults = [parse_fault(text) for text in options.fault]

    token = options.token
    if token == "-":  # noqa: S105 - the sign for standard input, not a token
        token = sys.stdin.readline().strip() or None
    elif token is None and not options.no_token:
        token = secrets.token_urlsafe(24)
    lines = [f"token {token}"] if token and options.token is None else []

    def say(line: str) -> None:
        print(line, *lines, sep="\n", flush=True)

    with contextlib.ExitStack() as stack:
        watch = None
        if options.log:
            from ipyscribe.local.journal import Journal

            watch = Journal(stack.enter_context(Path(options.log).open("a", encoding="utf-8")))
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
            say=say,
        )


def _transcribe(options: argparse.Namespace) -> int:
    from ipyscribe.cli.live import transcribe

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
