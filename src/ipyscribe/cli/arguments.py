"""The arguments of the command line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import ipyscribe
from ipyscribe.plain_text import plain

Command = Callable[[argparse.Namespace], int]
_ENDPOINT_HELP = "local, edge, us, eu, or an address"
_CHECKS = "installation, notebook, sound, network, key, recogniser"
_CONNECT_HELP = "keep trying to open a session for S seconds (default: %(default)g; 0: try once)"


def parse(arguments: Sequence[str] | None, commands: Mapping[str, Command]) -> argparse.Namespace:
    """The options, with the command to call as ``run``. Leaves the program with status 2 for wrong usage."""
    parser, subparsers = _parser(commands)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        # argparse would print the usage of the program, not that of the command.
        subparsers[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print the usage of this command and where to find its help."""
        self.exit(2, f"{self.format_usage()}{self.prog}: {plain(message)}\nTry '{self.prog} --help'.\n")


def _parser(commands: Mapping[str, Command]) -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(prog="ipyscribe", description="Run, compare and test streaming speech-to-text.")
    parser.add_argument("--version", action="version", version=f"ipyscribe {ipyscribe.__version__}")
    group = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    subparsers: dict[str, _Parser] = {}

    def command(name: str, description: str) -> _Parser:
        subparsers[name] = group.add_parser(
            name, help=description, description=f"{description[0].upper()}{description[1:]}."
        )
        subparsers[name].set_defaults(run=commands[name])
        return subparsers[name]

    _add_transcribe(command("transcribe", "print a live transcript of a file or the microphone"))
    _add_evaluate(command("evaluate", "measure the error rate and latency of models on many recordings"))
    _add_serve(command("serve", "run the offline recogniser as a local server for the v3 protocol"))
    command("models", "list the models with languages, features and prices")
    command("devices", "list the microphones of this computer")
    _add_doctor(command("doctor", "check packages, sound, network, key and recogniser, and say what to do"))
    command("login", "store the AssemblyAI API key in the system's keyring")
    tapes = command("tapes", "list recordings left behind by killed programs")
    action = tapes.add_mutually_exclusive_group()
    action.add_argument(
        "--save", metavar="DIR", help="save each recording as a file in DIR and leave the recording in place"
    )
    action.add_argument("--remove", action="store_true", help="delete all of them")
    return parser, subparsers


def _add_transcribe(parser: _Parser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument("file", nargs="?", help="a sound file; - is stdin (default: the bundled sample)")
    source.add_argument("--microphone", nargs="?", const="", metavar="NAME", help="use a microphone of this computer")
    parser.add_argument("--channel", default="mix", help="mix (default), left, right, or a number counted from 0")
    parser.add_argument("--model", help="a model name (see 'ipyscribe models')")
    parser.add_argument("--endpoint", help=_ENDPOINT_HELP)
    _add_connect_for(parser)
    parser.add_argument("--speed", type=float, default=1.0, help="playback speed of a file (default: 1, real time)")
    parser.add_argument("--output", metavar="FILE", action=_Output)


def _add_connect_for(parser: _Parser) -> None:
    parser.add_argument("--connect-for", type=_seconds, default=60.0, metavar="S", help=_CONNECT_HELP)


class _Output(argparse.Action):
    """The file to write; its help lists the formats, whose import takes longer than most commands."""

    @property
    def help(self) -> str:
        """The help text."""
        from ipyscribe.export import FORMATS

        return f"save the transcript; the extension chooses the format: {', '.join(f'.{name}' for name in FORMATS)}"

    @help.setter  # noqa: A003
    def help(self, text: str | None) -> None:
        pass

    def __call__(self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *__: Any) -> None:
        setattr(namespace, self.dest, values)


def _add_evaluate(parser: _Parser) -> None:
    parser.add_argument(
        "recordings", help="a folder of sound files with texts beside them, a table (.csv, .tsv, .jsonl), or a corpus"
    )
    parser.add_argument(
        "--model", action="append", help="a model name (see 'ipyscribe models'); repeat for more models"
    )
    parser.add_argument("--endpoint", help=_ENDPOINT_HELP)
    _add_connect_for(parser)
    parser.add_argument("--language", default="en", help="language of the references (default: en)")
    parser.add_argument("--normaliser", default="ipyscribe", help="ipyscribe or whisper (default: ipyscribe)")
    parser.add_argument(
        "--equivalents", metavar="FILE", help="a text file of words that count as the same: alright = all right"
    )
    parser.add_argument(
        "--keyterm", action="append", default=[], metavar="TERM", help="count this word or phrase; repeat for more"
    )
    parser.add_argument(
        "--blocks", metavar="COLUMN", help="column of the corpus by which recordings belong together, such as speaker"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="playback speed (default: 1, real time); latencies are meaningful only at 1",
    )
    parser.add_argument(
        "--at-once",
        type=_at_once,
        default="auto",
        metavar="N",
        help="recordings to play at the same time (default: auto)",
    )
    parser.add_argument("--max-cost-usd", type=float, metavar="USD", help="start no recording that could exceed this")
    parser.add_argument(
        "--price-per-hour-usd", type=float, metavar="USD", help="price of an open hour without add-ons, if not known"
    )
    parser.add_argument(
        "--sessions-per-minute", type=int, metavar="N", help="new sessions that the account may open per minute"
    )
    parser.add_argument("--yes", action="store_true", help="open more sessions at once than that, without asking")
    parser.add_argument("--folder", help="save tapes there, and resume from those in it")
    parser.add_argument("--csv", metavar="FILE", help="write one row per recording and model")


def _add_doctor(parser: _Parser) -> None:
    parser.add_argument(
        "--microphone",
        action=argparse.BooleanOptionalAction,
        help="record two seconds of the microphone and play them back (default: ask, on a terminal)",
    )
    parser.add_argument("--only", action="append", metavar="CHECK", help=f"one of {_CHECKS}; repeat for more")
    parser.add_argument("--endpoint", help="us, eu, or an address to try instead of all of AssemblyAI's hosts")


def _add_serve(parser: _Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=0, help="port from 1 to 65535, or 0 for any free one (default)")
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token", help="token that clients must send; '-' reads it from stdin (default: a random one)")
    token.add_argument("--no-token", action="store_true", help="accept programs and localhost pages without a token")
    parser.add_argument(
        "--tls", action="store_true", help="accept wss:// connections, with a certificate valid for one day"
    )
    parser.add_argument("--cert", metavar="FILE", help="accept wss:// connections, with this certificate (PEM)")
    parser.add_argument("--key", metavar="FILE", help="the private key of --cert (default: it is in the same file)")
    parser.add_argument("--model", metavar="DIR", help="a faster-whisper model: its directory or name")
    parser.add_argument(
        "--idle-exit", type=_seconds, metavar="S", help="exit S seconds after the last client has disconnected"
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help="exit when stdin is closed")
    group = parser.add_argument_group("testing and teaching")
    group.add_argument(
        "--simulate", action="store_true", help="accept AssemblyAI's model names and speak their dialects"
    )
    words = group.add_mutually_exclusive_group()
    words.add_argument("--script", metavar="FILE", help="answer with the words of a JSON script at their times")
    words.add_argument("--tape", metavar="FILE", help="answer with the messages of a tape at their times")
    group.add_argument(
        "--fault", action="append", default=[], metavar="SPEC",
        help="inject a fault: KIND[:VALUE][@WHEN][xTIMES][#CONNECTION], as in drop@3s; 'list' shows all kinds",
    )  # fmt: skip
    group.add_argument(
        "--formatting", choices=("two_step", "in_model", "off"), default="two_step",
        help="how universal-streaming formats a turn (default: two_step, an unformatted final, then a formatted one)",
    )  # fmt: skip
    group.add_argument("--older", action="store_true", help="speak the protocol as it was before June 2026")
    group.add_argument("--log", metavar="FILE", help="write one line of JSON per message, without transcripts")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65_535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")


def _at_once(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _seconds(text: str) -> float:
    seconds = _number(text)
    if 0 <= seconds < math.inf:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
