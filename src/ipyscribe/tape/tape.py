"""The tape of a session: all that happened, saved in one file and read anywhere."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any, BinaryIO, Self

from ipyscribe.errors import IncompleteTapeWarning, ParameterError, ScribeError, StorageError, TapeError
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.html_table import table_html
from ipyscribe.protocol.models import Model
from ipyscribe.tape.abandoned import SAVING, abandoned_tapes
from ipyscribe.tape.atomic_write import atomic_writer, clear_unfinished
from ipyscribe.tape.lane import Lane
from ipyscribe.tape.manifest import MANIFEST, Manifest, distinct, malformed
from ipyscribe.tape.recorder import Recorder
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.tape.sound import Sound, sample_range, sound_on, write_sound
from ipyscribe.tape.storage import MOST_BYTES, FolderStorage, TapeStorage, ZipStorage
from ipyscribe.transcript import Transcript

INCOMPLETE = "transcript, sound and figures cover only the part that was recorded."
"""What follows from an end that is missing."""


class Tape:
    """The recording of one session, or of several with the same sound.

    ``session.tape`` is that of a running session and grows with it; ``Tape.load(path)`` opens one that was
    saved. ``lanes`` has one ``Lane`` for each model. Properties of the tape itself, such as ``transcript``, are
    those of its only lane. Any thread may call.
    """

    def __init__(
        self,
        lanes: tuple[Lane, ...],
        storage: TapeStorage,
        manifest: Callable[[], Manifest],
        recorder: Recorder | None = None,
        *,
        stopped: Callable[[], bool],
    ) -> None:
        """``load`` and ``together`` make one. ``stopped`` is ``recording_stopped``."""
        self.lanes = lanes
        self._storage = storage
        self._manifest = manifest
        self._recorder = recorder
        self._stopped = stopped

    @classmethod
    def of(cls, recorder: Recorder) -> Self:
        """The tape that ``recorder`` writes on."""
        storage = _Growing(recorder)
        lane = Lane(storage, 0, recorder.manifest.lanes[0], recorder.settle)
        return cls((lane,), storage, lambda: recorder.manifest, recorder, stopped=lambda: recorder.trouble is not None)

    @classmethod
    def load(cls, path: str | os.PathLike[str] | BinaryIO) -> Self:
        """Open a tape: a file, a binary file object, or the folder left behind by a program that was killed.

        Raises ``StorageError`` for a file that cannot be read, and ``TapeError`` for one that is not a tape or is
        damaged, here or when the damaged part is read. Warns with ``IncompleteTapeWarning`` where it is ``cut_off``.
        """
        storage = _storage_of(path)
        manifest = Manifest.from_json(storage.read(MANIFEST), storage.name)
        lanes = tuple(Lane(storage, number, about) for number, about in enumerate(manifest.lanes))
        incomplete = storage.cut_off or not manifest.complete
        tape = cls(lanes, storage, lambda: manifest, stopped=lambda: incomplete)
        if incomplete:
            _warn(f"{storage.name} is missing the end of its session")
        return tape

    @classmethod
    def together(cls, *tapes_or_paths: Tape | str | os.PathLike[str], labels: Sequence[str] = ()) -> Self:
        """One tape with the lanes of all, of tapes or their paths.

        They are of sessions with the same sound, which is that of the first tape that has any.

        ``labels`` name the lanes where their models do not tell them apart. Raises ``ParameterError`` without any
        tape, ``TapeError`` for a path at which there is none.
        """
        tapes = [each if isinstance(each, Tape) else Tape.load(each) for each in tapes_or_paths]
        if not tapes:
            raise ParameterError("There are no tapes to put together.", advice="Give the tapes of some sessions.")
        began = min(tape.began for tape in tapes)
        parts = [((tape.began - began).total_seconds(), lane) for tape in tapes for lane in tape.lanes]
        lanes = [
            lane.among(late_s, label) for (late_s, lane), label in zip(parts, chain(labels, repeat("")), strict=False)
        ]
        sounding = next((tape for tape in tapes if tape.sound is not None), tapes[0])

        def manifest() -> Manifest:
            return Manifest(
                began=began,
                versions={name: value for tape in reversed(tapes) for name, value in tape.versions.items()},
                lanes=tuple(lane.manifest for lane in lanes),
                audio_start=sounding._manifest().audio_start,
                complete=not any(tape.cut_off for tape in tapes),
            )

        stopped = lambda: any(tape.recording_stopped for tape in tapes)  # noqa: E731
        return cls(tuple(lanes), sounding._storage, manifest, stopped=stopped)

    def _repr_html_(self) -> str:
        """Its lanes as a table. A tape that cannot be read says why instead."""
        began = f"{self.began.day} {self.began:%B %Y, %H:%M} UTC"
        try:
            rows = [
                [label, lane.manifest.server, str(len(lane.transcript.turns)), str(len(lane.transcript.words))]
                for label, lane in zip(self.labels, self.lanes, strict=True)
            ]
            sound = "with its sound" if self.sound is not None else "without its sound"
            length = clock_text(self.duration_s)
        except ScribeError as error:
            return table_html(["Tape", ""], [[began, str(error)]])
        caption = f"Tape of {began}, {length}, {sound}. scribe.Replay(tape) plays it."
        return table_html(["model", "server", "turns", "words"], rows, caption=caption)

    @staticmethod
    def abandoned() -> tuple[Path, ...]:
        """The folders of tapes left behind by programs that were killed, the oldest first; ``load`` opens them.

        Each is deleted a week after its last write, when another session records.
        """
        return abandoned_tapes()

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its lanes, which say what is simulated; no two are the same. Raises ``TapeError``."""
        return distinct(lane.label for lane in self.lanes)

    @property
    def lane(self) -> Lane:
        """The only lane. Raises ``TapeError`` where there are several."""
        if len(self.lanes) != 1:
            raise TapeError(f"This tape has {len(self.lanes)} lanes.", advice="Ask one of tape.lanes.")
        return self.lanes[0]

    @property
    def began(self) -> datetime:
        """When it began, in UTC."""
        return self._manifest().began

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of the software that was involved."""
        return self._manifest().versions

    @property
    def model(self) -> Model:
        """The model of its only lane, or its simulation. Raises ``TapeError``."""
        return self.lane.manifest.model_in_use(simulated=self.lane.simulated)

    @property
    def server(self) -> str:
        """Where the words were made, and whether they are simulated. Raises ``TapeError``."""
        return self.lane.server

    @property
    def parameters(self) -> dict[str, Any]:
        """The connection's parameters, without secrets."""
        return dict(self.lane.manifest.parameters)

    @property
    def transcript(self) -> Transcript:
        """The whole transcript. Raises ``TapeError``."""
        return self.lane.transcript

    @property
    def sent(self) -> SendTimes:
        """When each position of the sound was first handed to a socket. Raises ``TapeError``."""
        return self.lane.sent

    def at(self, time_s: float) -> Transcript:
        """The transcript exactly as it stood ``time_s`` seconds after the beginning. Raises ``TapeError``."""
        return self.lane.at(time_s - self.lane.manifest.offset_s)

    @property
    def duration_s(self) -> float:
        """Seconds from its beginning to the last thing on it. Raises ``TapeError``."""
        return max(lane.manifest.offset_s + lane.duration_s for lane in self.lanes)

    @property
    def cut_off(self) -> bool:
        """True where the end is missing: the session still runs, its recording was stopped by a full disk, its program
        was killed, or the file was truncated.
        """
        return not self._manifest().complete or self._storage.cut_off

    @property
    def recording_stopped(self) -> bool:
        """True where the end will never be on it: its recording has stopped before the session, or its file is cut."""
        return self._stopped()

    @property
    def sound(self) -> Sound | None:
        """The sound that was sent, by its samples; None where none was kept."""
        if self._recorder is not None:
            self._recorder.settle()
        return sound_on(self._storage, self._manifest().audio_start)

    def audio(self, start_ms: float | None = None, end_ms: float | None = None) -> bytes:
        """The sound from ``start_ms`` to ``end_ms`` on the audio clock as 16 kHz PCM16 mono, as far as it was kept.

        Raises ``ParameterError`` for a value that is not a time, ``TapeError``, and ``MissingDependencyError`` where
        FLAC cannot be decoded.
        """
        sound = self.sound
        return b"" if sound is None else sound.read(*sample_range(sound, start_ms, end_ms))

    def record_paint(self, arrived_s: float, at_s: float | None = None) -> None:
        """Record that a browser has painted the message that arrived at ``arrived_s``, an ``Arrival.monotonic_s``.

        ``at_s`` is when, in ``time.monotonic()`` seconds; now, if it is left out. Does nothing on a tape that
        was loaded.
        """
        if self._recorder is not None:
            self._recorder.note("painted", arrived_s, at_s=at_s)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the tape as one file; gives its path. A file of that name is replaced once all is written.

        Raises ``StorageError`` where the disk does not take it and ``TapeError`` where the tape cannot be read. Warns
        with ``IncompleteTapeWarning`` where the end of the session will never be on it.
        """
        target = Path(path).expanduser()
        if self._recorder is not None:
            self._recorder.settle()
        manifest = self._manifest()
        with atomic_writer(target) as file, _staging_folder(target) as folder:
            sound = self.sound
            flac = None if sound is None or sound.start >= sound.end else write_sound(sound, Path(folder))
            with zipfile.ZipFile(file, "w") as archive:
                self._write(archive, replace(manifest, audio_start=sound.start if flac and sound else None), flac)
        if self.recording_stopped:
            _warn("The tape that was saved is missing the end of its session")
        return target

    def _write(self, archive: zipfile.ZipFile, manifest: Manifest, sound: Path | None) -> None:
        content = json.dumps(manifest.to_json(), ensure_ascii=False, indent=1, default=str)
        archive.writestr(_part(MANIFEST), content, zipfile.ZIP_DEFLATED)
        for number, lane in enumerate(self.lanes):
            for name, records in lane.content():
                archive.writestr(_part(f"lanes/{number}/{name}"), records, zipfile.ZIP_DEFLATED)
        if sound is not None:
            part = _part(sound.name)
            part.file_size = sound.stat().st_size
            with sound.open("rb") as file, archive.open(part, "w") as into:
                shutil.copyfileobj(file, into, 2**20)

    def __repr__(self) -> str:
        end = ", without its end" if self.cut_off else ""
        return f"<Tape of {', '.join(self.labels)}, {self.began:%Y-%m-%d %H:%M} UTC{end}>"


def _warn(text: str) -> None:
    warnings.warn(f"{text}: {INCOMPLETE}", IncompleteTapeWarning, stacklevel=3)


def _staging_folder(target: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder on the disk of ``target``: where there is room for the tape there is room for its parts."""
    clear_unfinished(target.parent, f".{SAVING}*")
    return tempfile.TemporaryDirectory(prefix=f".{SAVING}", dir=target.parent)


def _part(name: str) -> zipfile.ZipInfo:
    """A part of the file, without the time and time zone of the save."""
    part = zipfile.ZipInfo(name)
    part.external_attr = 0o644 << 16
    return part


class _Growing(FolderStorage):
    """The folder of a recorder, which does not exist before there is something to write."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.name = "The tape of this session"

    @property
    def folder(self) -> Path:  # type: ignore[override]
        """Where the recorder writes. Raises ``StorageError``."""
        return self._recorder.folder


def _storage_of(path: str | os.PathLike[str] | BinaryIO) -> TapeStorage:
    if not isinstance(path, str | os.PathLike):
        return _storage_in(path)
    where = Path(path).expanduser()
    try:
        if where.is_dir():
            if not (where / MANIFEST).is_file():
                raise malformed(f"The folder {where.name!r}", f"it has no {MANIFEST}")
            return FolderStorage(where)
        return ZipStorage(where, f"{where.name!r}")
    except FileNotFoundError as error:
        raise StorageError(
            f"There is no file {str(where)!r}.",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
            cause=error,
        ) from None
    except (TapeError, StorageError):
        raise
    except (OSError, ValueError) as error:
        raise _cannot_be_opened(f"{str(where)!r:.200}", error) from None


def _storage_in(file: BinaryIO) -> TapeStorage:
    if not callable(getattr(file, "read", None)):
        raise TapeError(f"{file!r:.80} is not a tape.", advice="Give a path, or a file opened with mode 'rb'.")
    try:
        if file.seekable():
            file.seek(0)
        content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise _cannot_be_opened("The file", error) from None
    if not isinstance(content, bytes) or len(content) > MOST_BYTES:
        raise TapeError("That file was opened as text, or is too large.", advice="Open it with mode 'rb'.")
    return ZipStorage(content, "The file")


def _cannot_be_opened(name: str, error: Exception) -> StorageError:
    return StorageError(
        f"{name} cannot be opened ({error}).",
        advice="Check its permissions.",
        cause=error if isinstance(error, OSError) else None,
    )
