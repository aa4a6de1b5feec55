"""A live transcript in the terminal: the open turn rewrites its line, settled turns stay."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TextIO, cast

from ipyscribe.access import default_model
from ipyscribe.audio import AudioFile, AudioSource, Channel, Microphone, sample
from ipyscribe.cli.waiting import waiting
from ipyscribe.errors import ParameterError, StorageError
from ipyscribe.export import content, format_of, save
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.session import Session
from ipyscribe.transcript import Transcript, Turn

_MESSAGE_IS_KEY = ("parameter", "warning")
_POLL_S = 0.5


def transcribe(options: argparse.Namespace) -> int:
    """Stream one source to the terminal and, with ``--output``, to a file; returns 0, or 130 after Ctrl-C."""
    if options.output:
        check_output(options.output)
    session = Session(
        options.model or default_model(endpoint=options.endpoint),
        source=_source(options),
        endpoint=options.endpoint,
        connect_for_s=options.connect_for,
    )
    print(plain(f"{session.model.name} ({session.server}) · {session.source.label}"), flush=True)
    screen = Screen(sys.stdout)
    printed: set[str] = set()
    status = 0
    try:
        with contextlib.ExitStack() as stack:
            stack.push(session)  # ends it
            with waiting("Loading the recogniser" if session.model.local else "Connecting"):
                session.start()
                while not session.notices and not session.wait_until_open(_POLL_S):
                    pass
            version = 0
            while not session.done:
                version = session.wait_for_change(version, _POLL_S)
                _print_notices(session, screen, printed)
                screen.show(session.transcript.turns)
    except KeyboardInterrupt:
        status = 130
    finally:
        screen.show(session.transcript.turns)
        screen.finish()
        _print_notices(session, screen, printed)
        if options.output:
            print(plain(f"Saved: {save(session, options.output)}"), flush=True)
    mark = " (simulated)" if session.simulated else ""
    print(f"{len(session.transcript.settled)} turns, {session.audio_ms / 1000:.0f} s of sound{mark}", flush=True)
    return status


def check_output(path: str) -> None:
    """Find out before a session runs whether ``path`` can be written: its format, that format's package, the folder.

    Raises ``ParameterError``, ``MissingDependencyError`` and ``StorageError``.
    """
    chosen = format_of(path)
    content(Transcript(), chosen.extension, **({"audio": b"\0\0"} if chosen.needs_audio else {}))
    folder = Path(path).expanduser().resolve().parent
    if not os.access(folder, os.W_OK):
        raise StorageError(f"{str(folder)!r} is not a folder that can be written to.", advice="Name another file.")


def _print_notices(session: Session, screen: Screen, printed: set[str]) -> None:
    """Print each kind of notice once, on stderr: the figures in its message change while it holds."""
    for notice in session.notices:
        key = notice.message if notice.kind in _MESSAGE_IS_KEY else notice.kind
        if key not in printed:
            printed.add(key)
            screen.finish()
            print(plain(f"ipyscribe: {notice.message} {notice.advice}".rstrip()), file=sys.stderr, flush=True)


class Screen:
    """Writes turns to a stream: settled ones once, the open one again and again if it is a terminal."""

    def __init__(self, out: TextIO, columns: int | None = None) -> None:
        self._out = out
        self._live = out.isatty() if columns is None else True
        self._columns = columns
        self._written: set[int] = set()

    def show(self, turns: tuple[Turn, ...]) -> None:
        """Bring the screen up to date."""
        for turn in turns:
            if turn.settled and turn.order not in self._written:
                self._written.add(turn.order)
                self._line(f"{clock_text(turn.start_ms / 1000)}  {plain(turn.text)}", end="\n")
        if self._live and turns and not turns[-1].settled:
            turn = turns[-1]
            width = (self._columns or shutil.get_terminal_size().columns) - 10
            text = plain(turn.text)
            self._line(
                f"{clock_text(turn.start_ms / 1000)}  {text if len(text) <= width else '…' + text[1 - width :]}", end=""
            )

    def finish(self) -> None:
        """Leave the cursor at the start of a line."""
        if self._live:
            self._line("", end="")

    def _line(self, text: str, end: str) -> None:
        self._out.write(("\r\x1b[K" if self._live else "") + text + end)
        self._out.flush()


def _source(options: argparse.Namespace) -> AudioSource:
    channel = _channel(options.channel)
    if options.microphone is not None:
        if options.speed != 1.0:
            raise ParameterError("--speed is for a file.", advice="Leave it out, or name a file.")
        return Microphone(options.microphone or None, channel=channel)
    if options.file == "-":
        if sys.stdin.isatty():
            raise ParameterError(
                "- is standard input, which is a terminal here and contains no sound.",
                advice="Give a file, or a program that writes sound: PROGRAM | ipyscribe transcribe -",
            )
        return AudioFile(sys.stdin.buffer, channel=channel, speed=options.speed, label="standard input")
    if not options.file:
        return sample(speed=options.speed)
    return AudioFile(options.file, channel=channel, speed=options.speed)


def _channel(text: str) -> Channel:
    return int(text) if text.isdecimal() else cast("Channel", text)
