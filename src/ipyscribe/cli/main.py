"""``ipyscribe COMMAND``."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence

from ipyscribe.errors import ScribeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0, 1 for an error that is told, 2 for wrong usage, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ScribeError as error:
        print(f"ipyscribe: {error}", file=sys.stderr)
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
    serve.set_defaults(run=_serve)

    transcribe = commands.add_parser("transcribe", help="write what is said in the terminal, live")
    source = transcribe.add_mutually_exclusive_group()
    source.add_argument("file", nargs="?", help="a sound file (default: the bundled sample)")
    source.add_argument("--microphone", nargs="?", const="", metavar="NAME", help="listen to this machine's microphone")
    transcribe.add_argument("--model", help="a name of 'ipyscribe models'")
    transcribe.add_argument("--endpoint", help="local, edge, us, eu, or an address")
    transcribe.set_defaults(run=_transcribe)

    commands.add_parser("models", help="what each model can do").set_defaults(run=_models)
    commands.add_parser("devices", help="the microphones of this machine").set_defaults(run=_devices)
    return parser


def _serve(options: argparse.Namespace) -> int:
    from ipyscribe.local import serve

    token = options.token
    if token == "-":  # noqa: S105 - the sign for standard input, not a token
        token = sys.stdin.readline().strip() or None
    elif token is None and not options.no_token:
        token = secrets.token_urlsafe(24)
    lines = [f"token {token}"] if token and options.token is None else []

    def say(line: str) -> None:
        print(line, *lines, sep="\n", flush=True)

    return serve(
        host=options.host,
        port=options.port,
        token=token,
        model_dir=options.model,
        idle_exit_s=options.idle_exit,
        exit_with_stdin=options.exit_with_stdin,
        say=say,
    )


def _transcribe(options: argparse.Namespace) -> int:
    from ipyscribe.cli.live import transcribe

    return transcribe(options)


def _models(_: argparse.Namespace) -> int:
    from ipyscribe.protocol import models

    print(models())
    return 0


def _devices(_: argparse.Namespace) -> int:
    from ipyscribe.audio import input_devices

    for device in input_devices():
        print(f"{'*' if device.is_default else ' '} {device.index:3}  {device.full_name}")
    return 0
