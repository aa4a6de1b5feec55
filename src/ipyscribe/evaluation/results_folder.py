"""The folder in which an evaluation keeps the tape and the score of each recording, so that it can be resumed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from ipyscribe.comparison.reference import Reference
from ipyscribe.errors import (
    AudioFileError,
    IncompleteTapeWarning,
    ParameterError,
    ScribeError,
    SessionStateError,
    StorageError,
    TapeError,
)
from ipyscribe.evaluation.json_lines import JsonLines, Line
from ipyscribe.evaluation.playing import Played
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.results_setup import check_setup
from ipyscribe.evaluation.scored_recording import (
    Conditions,
    ScoredLane,
    ScoredRecording,
    scored_again,
    scored_recording,
)
from ipyscribe.evaluation.sound_identity import Stamp, sound_digest, stamp_of
from ipyscribe.metrics.run_score import latencies_from_json
from ipyscribe.tape import Tape
from ipyscribe.tape.abandoned import try_hold
from ipyscribe.tape.atomic_write import atomic_write
from ipyscribe.tape.versions import versions

_SETUP, _INDEX, _SCORES = "evaluation.json", "recordings.jsonl", "scores.jsonl"
_HOLD_FOR_S = 6.0
_SLICE_S = 0.1
_UNSAFE = re.compile(r"[^\w.-]+")


class StoredRecording(msgspec.Struct, frozen=True):
    """A line of ``recordings.jsonl``: what is known of a recording.

    ``part`` is its beginning and end in seconds of the file, ``stamp`` that of the file when it was last read.
    ``scorable`` is the digest of the reference and settings for which it is known that a word counts. ``sound`` is the
    digest of what was played and ``tape`` the name of its tape, None while it was not played; ``at_once`` is how many
    recordings were played at the same time.
    """

    name: str
    part: tuple[float, float | None]
    stamp: Stamp | None
    duration_s: float | None = None
    notice: str | None = None
    scorable: str | None = None
    sound: str | None = None
    tape: str | None = None
    at_once: int = 1


class StoredScore(msgspec.Struct, frozen=True):
    """A line of ``scores.jsonl``: the score of a tape with this ``stamp``, for a reference and settings by digest."""

    tape: str
    stamp: tuple[int, int]
    version: str
    scoring: str
    lanes: tuple[ScoredLane, ...]


class ResultsFolder:
    """Tapes and scores by recording, recognised by its sound, whatever its name is and the format of its file.

    ``path`` None is a temporary folder, which goes with this object. A recording whose sound is not the one that was
    played under its name is named in ``changed``, one whose reference or settings of scoring have changed in
    ``rescored``. Where a folder with results cannot be written to, they can be read, and ``read_only`` says why.

    Raises ``ParameterError`` for a folder of another evaluation, ``StorageError`` for one that cannot be used.
    """

    def __init__(self, path: Path | None, setup: Mapping[str, Any]) -> None:
        if path is None:
            path = Path(tempfile.mkdtemp(prefix="ipyscribe-evaluation-"))
            weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)
        self.path = path
        self.changed: list[str] = []
        self.rescored: list[str] = []
        self.read_only: str | None = None
        self._lock = threading.Lock()
        self._held: BinaryIO | None = None
        self._index = JsonLines(path / _INDEX, StoredRecording, lambda line: line.name, self._from_json)
        self._score_lines = JsonLines(path / _SCORES, StoredScore, lambda line: line.tape, self._from_json)
        self._recordings: dict[str, StoredRecording] = {}
        self._scores: dict[str, StoredScore] = {}
        self._conditions: dict[bytes, Conditions] = {}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = self.path / _SETUP
            if not file.exists():
                atomic_write(file, json.dumps(setup, indent=2).encode())
            stored = json.loads(file.read_text(encoding="utf-8"))
            with self._held_if_free() as alone:
                self._read(alone=alone)
        except OSError as error:
            raise StorageError(
                f"The folder {str(self.path)!r} cannot be used ({error.strerror or error}).",
                advice="Check that you may read and write there, or give another.",
            ) from None
        except ValueError as error:
            raise StorageError(
                f"The folder {str(self.path)!r} cannot be used ({error}).", advice="Give another, or an empty one."
            ) from None
        check_setup(self.path, stored, json.loads(json.dumps(setup)))

    def __getitem__(self, name: str) -> StoredRecording:
        """What is known of a recording that was registered."""
        return self._recordings[name]

    def hold(self, stopping: Callable[[], bool]) -> bool | None:
        """Keep other evaluations from playing recordings into this folder, until ``release`` or the program's end.

        True where one of them has written to it since it was read; None, without holding it, once ``stopping()`` is
        true while one is playing. Raises ``SessionStateError`` where that one does not come to its end in some seconds,
        ``StorageError``.
        """
        give_up_s = time.monotonic() + _HOLD_FOR_S
        try:
            while (held := try_hold(self.path)) is None:
                if stopping():
                    return None
                if time.monotonic() > give_up_s:
                    raise SessionStateError(
                        f"Another evaluation is playing recordings into the folder {str(self.path)!r}.",
                        advice="Wait for its end, or stop it: this one then plays what is left.",
                    )
                time.sleep(_SLICE_S)
            self._held = held
            return self._read(alone=True)
        except OSError as error:
            self.release()
            raise _unwritable(self.path, error.strerror or str(error)) from None

    def release(self) -> None:
        """Let other evaluations play recordings into this folder; any number of times."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def is_scorable(self, name: str, scoring: str) -> bool:
        """Whether it is known that the reference of a recording holds a word that counts."""
        stored = self._recordings.get(name)
        return stored is not None and stored.scorable == scoring

    def register(self, scorings: Mapping[Recording, str]) -> dict[str, ScribeError]:
        """Note what each recording is, and find what was played of it, maybe under another name.

        ``scorings`` has the digest of the reference and settings of each. The errors of recordings whose sound cannot
        be read are returned, by name; nothing is noted of those.
        """
        names = {recording.name for recording in scorings}
        played = [each for each in self._recordings.values() if each.tape in self._tapes]
        unclaimed = {each.name: each for each in played if each.name not in names}
        lines: dict[str, StoredRecording] = {}
        unknown: list[Recording] = []
        unreadable: dict[str, ScribeError] = {}
        for recording, scoring in scorings.items():
            stored = self._recordings.get(recording.name)
            try:
                line = _line(recording, stored, scoring)
            except (AudioFileError, ParameterError) as error:
                unreadable[recording.name] = error
                continue
            if line is not stored:
                lines[recording.name] = line
            if stored is None or stored.tape not in self._tapes:
                unknown.append(recording)
            elif (line.part, line.stamp) != (stored.part, stored.stamp):
                unknown.append(recording)
                unclaimed[recording.name] = stored
        self._claim(unknown, lines, unclaimed)
        self._recordings |= lines
        self._write_if_possible(self._index, lines.values())
        return unreadable

    def _claim(
        self, unknown: Sequence[Recording], lines: dict[str, StoredRecording], unclaimed: dict[str, StoredRecording]
    ) -> None:
        """Give each of ``unknown`` the tape of its sound, if there is one; the entry of its own name comes first."""
        lengths = {length for each in unclaimed.values() for length in _lengths(each)}
        by_sound: dict[str | None, list[str]] = {}
        for each in unclaimed.values():
            by_sound.setdefault(each.sound, []).append(each.name)
        played = set(unclaimed)
        for recording in unknown:
            line = lines.get(recording.name) or self[recording.name]
            names = [] if lengths.isdisjoint(_lengths(line)) else by_sound.get(sound_digest(recording), [])
            if names:
                name = recording.name if recording.name in names else names[0]
                names.remove(name)
                match = unclaimed[name]
                lines.setdefault(name, replace(match, sound=None, tape=None))
                lines[recording.name] = replace(line, sound=match.sound, tape=match.tape, at_once=match.at_once)
            elif recording.name in played:
                self.changed.append(recording.name)

    def scored(self, recording: Recording, scoring: str, settings: Reference) -> ScoredRecording | None:
        """The score of what was played of ``recording``; None where that is nothing, or not all of it.

        ``scoring`` is the digest of its reference and ``settings``. Raises ``ParameterError`` for a tape that cannot
        be read.
        """
        name = self[recording.name].tape
        if name not in self._tapes or name is None:
            return None
        score = self._scores.pop(name, None)
        if score is not None and (score.stamp, score.version) == (self._tapes[name], _version()):
            if score.scoring == scoring:
                return ScoredRecording(recording, score.lanes)
            self.rescored.append(recording.name)
            scored = scored_again(recording, score.lanes, settings)
        else:
            try:
                tape = self._load(name)
                if tape.cut_off:
                    return None
                scored = self._shared(scored_recording(recording, tape, settings))
            except (TapeError, StorageError) as error:
                raise ParameterError(
                    f"{name!r} in {str(self.path)!r} cannot be read. {error.message}",
                    advice="Delete it; the recording is then played again.",
                ) from None
        self._write_if_possible(self._score_lines, [self._score_line(name, scoring, scored)])
        return scored

    def tape(self, name: str) -> Tape:
        """The tape of a recording, opened. Raises ``ParameterError`` without one, ``StorageError``, ``TapeError``."""
        stored = self._recordings.get(name)
        if stored is None or stored.tape not in self._tapes or stored.tape is None:
            raise ParameterError(
                f"There is no tape of {name!r:.80}.", advice="Give the name of a recording that was played."
            )
        return self._load(stored.tape)

    def save(self, recording: Recording, played: Played, scoring: str, *, at_once: int = 1) -> ScoredRecording:
        """Keep the tape and the score of ``recording``; the score is returned. Raises ``StorageError``.

        ``at_once`` is how many recordings were played at the same time.
        """
        identity = blake2b(f"{recording.name}\0{_part(recording)}\0{played.sound}".encode(), digest_size=6).hexdigest()
        name = f"{_UNSAFE.sub('_', recording.name)[:80]}-{identity}.tape"
        played.save(self.path / name)
        scored = self._shared(ScoredRecording(recording, played.scored))
        with self._lock:
            self._tapes[name] = _tape_stamp(self.path / name)
            line = replace(
                self[recording.name], stamp=stamp_of(recording), sound=played.sound, tape=name, at_once=at_once
            )
            self._recordings[recording.name] = line
        self._write(self._index, [line])
        self._write(self._score_lines, [self._score_line(name, scoring, scored)])
        return scored

    def check_writable(self) -> None:
        """Raises ``StorageError`` where nothing that is played could be kept."""
        if not os.access(self.path, os.W_OK):
            raise _unwritable(self.path, "you may only read there")

    def _load(self, name: str) -> Tape:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IncompleteTapeWarning)
            return Tape.load(self.path / name)

    def _score_line(self, tape: str, scoring: str, scored: ScoredRecording) -> StoredScore:
        return StoredScore(tape, self._tapes[tape], _version(), scoring, scored.lanes)

    def _shared(self, scored: ScoredRecording) -> ScoredRecording:
        lanes = (replace(lane, conditions=self._shared_conditions(lane.conditions)) for lane in scored.lanes)
        return ScoredRecording(scored.recording, tuple(lanes))

    def _shared_conditions(self, conditions: Mapping[str, Any]) -> Conditions:
        """The same conditions once in memory: with few exceptions, they are those of all recordings."""
        return self._conditions.setdefault(msgspec.json.encode(conditions), Conditions(conditions))

    def _from_json(self, kind: type, value: Any) -> Any:
        return self._shared_conditions(value) if kind is Conditions else latencies_from_json(kind, value)

    @contextlib.contextmanager
    def _held_if_free(self) -> Iterator[bool]:
        """Hold the folder during a block, if no other evaluation does; whether it is held."""
        try:
            held = try_hold(self.path)
        except OSError:
            held = None
        with held or contextlib.nullcontext():
            yield held is not None

    def _read(self, *, alone: bool) -> bool:
        """Read what is new; whether anything is. ``alone`` is true where it is held. Raises ``OSError``."""
        recordings, scores = self._index.read(alone=alone), self._score_lines.read(alone=alone)
        self._recordings |= recordings
        self._scores |= scores
        self._tapes = {each.name: _tape_stamp(each) for each in os.scandir(self.path) if each.name.endswith(".tape")}
        return bool(recordings or scores)

    def _write(self, file: JsonLines[Line], lines: Iterable[Line]) -> None:
        """Append to a file, for what was played. Raises ``StorageError``."""
        try:
            with self._lock:
                file.append(lines)
        except OSError as error:
            raise _unwritable(self.path, error.strerror or str(error)) from None

    def _write_if_possible(self, file: JsonLines[Line], lines: Iterable[Line]) -> None:
        """Append to a file what is found out again from the tapes where it is missing."""
        try:
            self._write(file, lines)
        except StorageError as error:
            self.read_only = f"{error.message} These figures are not kept there."


def _unwritable(folder: Path, reason: str) -> StorageError:
    return StorageError(
        f"The folder {str(folder)!r} cannot be written to ({reason}).",
        advice="Make room, check that you may write there, or give another folder.",
    )


def scoring_digest(recording: Recording, settings: Reference) -> str:
    """A digest of the reference of ``recording`` and of the ``settings`` by which it is scored."""
    parts = [recording.reference, recording.alternatives, settings.normalise.stamp, settings.language]
    parts += [settings.equivalents, settings.keyterms]
    return blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()


def _line(recording: Recording, stored: StoredRecording | None, scoring: str) -> StoredRecording:
    """What is known of ``recording``: what was ``stored``, where neither its file nor its reference has changed.

    Raises ``AudioFileError`` and ``ParameterError`` where its sound cannot be read.
    """
    stamp = stamp_of(recording)
    if stored is not None and stamp is not None and (stored.part, stored.stamp) == (_part(recording), stamp):
        return stored if stored.scorable == scoring else replace(stored, scorable=scoring)
    source = recording.source()
    notice = None if source.notice is None else source.notice.message
    return StoredRecording(recording.name, _part(recording), stamp, source.duration_s, notice, scoring)


def _part(recording: Recording) -> tuple[float, float | None]:
    return (recording.start_s, recording.end_s)


def _lengths(stored: StoredRecording) -> set[int | None]:
    """Its length in tenths of a second, and those around it: a file cut out of another may be a sample longer."""
    if stored.duration_s is None:
        return {None}
    tenths = round(10 * stored.duration_s)
    return {tenths - 1, tenths, tenths + 1}


def _tape_stamp(tape: os.PathLike[str]) -> tuple[int, int]:
    status = os.stat(tape)
    return (status.st_size, status.st_mtime_ns)


def _version() -> str:
    return versions(local=False).get("ipyscribe", "")
