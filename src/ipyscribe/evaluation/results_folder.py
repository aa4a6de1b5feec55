"""The folder in which an evaluation keeps the tape of each recording, so that it can be resumed."""

from __future__ import annotations

import json
import os
import re
import threading
import warnings
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ipyscribe.errors import IncompleteTapeWarning, ParameterError, StorageError
from ipyscribe.evaluation.recording import Recording
from ipyscribe.tape import Tape

_SETUP, _INDEX = "evaluation.json", "recordings.jsonl"
_UNSAFE = re.compile(r"[^\w.-]+")
_PIECE_BYTES = 2**20
Entry = dict[str, Any]


class ResultsFolder:
    """Tapes by recording, each with the fingerprint of the sound that was played.

    A recording is recognised by its name and its sound: one whose sound has changed is played again, and is named
    in ``changed``. Raises ``ParameterError`` for a folder of another evaluation, ``StorageError`` for one that cannot
    be used.
    """

    def __init__(self, path: Path, setup: Mapping[str, Any]) -> None:
        self.path = path
        self.changed: list[str] = []
        self._lock = threading.Lock()
        try:
            path.mkdir(parents=True, exist_ok=True)
            file = path / _SETUP
            if not file.exists():
                file.write_text(json.dumps(setup, indent=2), encoding="utf-8")
            stored = json.loads(file.read_text(encoding="utf-8"))
            self._index = self._read_index()
        except (OSError, ValueError) as error:
            raise StorageError(
                f"The folder {str(path)!r} cannot be used ({error}).", advice="Give another, or an empty one."
            ) from None
        if stored != json.loads(json.dumps(setup)):
            raise ParameterError(
                f"The folder {str(path)!r} holds results of other models or settings.",
                advice="Give another folder, or the models and settings of those results.",
            )

    def tape_of(self, recording: Recording) -> Path | None:
        """The tape of ``recording`` with the sound that it has now, if there is one."""
        entry = self._index.get(recording.name)
        if entry is None:
            return None
        tape = self.path / str(entry.get("tape"))
        if entry.get("part") == _part(recording) and tape.exists():
            stamp = _stamp(recording)
            if (stamp is not None and entry.get("stamp") == stamp) or entry.get("sound") == fingerprint(recording):
                return tape
        self.changed.append(recording.name)
        return None

    def load(self, path: Path) -> Tape:
        """The tape at ``path``; its ``cut_off`` says if it is whole. Raises ``StorageError`` and ``TapeError``."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IncompleteTapeWarning)
            return Tape.load(path)

    def save(self, recording: Recording, tape: Tape) -> None:
        """Keep ``tape`` as that of ``recording``. Raises ``StorageError``."""
        sound = fingerprint(recording)
        identity = blake2b(f"{recording.name}\0{_part(recording)}\0{sound}".encode(), digest_size=6).hexdigest()
        name = f"{_UNSAFE.sub('_', recording.name)[:80]}-{identity}.tape"
        tape.save(self.path / name)
        entry = {
            "name": recording.name,
            "part": _part(recording),
            "sound": sound,
            "stamp": _stamp(recording),
            "tape": name,
        }
        with self._lock:
            self._index[recording.name] = entry
            try:
                with (self.path / _INDEX).open("a", encoding="utf-8") as index:
                    index.write(json.dumps(entry, ensure_ascii=False) + "\n")
            except OSError as error:
                raise StorageError(
                    f"The folder {str(self.path)!r} cannot be written to ({error.strerror or error}).",
                    advice="Make room, or give another folder.",
                ) from None

    def _read_index(self) -> dict[str, Entry]:
        file = self.path / _INDEX
        if not file.exists():
            return {}
        entries: dict[str, Entry] = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                entries[entry["name"]] = entry
            except (ValueError, KeyError, TypeError):  # a program was killed while it wrote the last line
                continue
        return entries


def fingerprint(recording: Recording) -> str:
    """A digest of the file in which the sound is, or of the samples. Raises ``StorageError``."""
    digest = blake2b(digest_size=16)
    if recording.path is None:
        digest.update(recording.sound_bytes())
        return digest.hexdigest()
    try:
        with recording.path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError as error:
        raise StorageError(
            f"{str(recording.path)!r} cannot be read ({error.strerror or error}).", advice="Check that it is there."
        ) from None
    return digest.hexdigest()


def _stamp(recording: Recording) -> list[int] | None:
    """Size and time of change of the file: while they stay, its content is taken to be the same."""
    if recording.path is None:
        return None
    try:
        status = os.stat(recording.path)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _part(recording: Recording) -> list[float | None]:
    return [recording.start_s, recording.end_s]
