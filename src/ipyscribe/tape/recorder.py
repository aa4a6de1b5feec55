"""The recorder of a running session: records are noted in memory where they happen and written by another thread.

The sound and the records go to a folder of their own among the system's temporary files, some seconds at a
time, so that little memory is held, however long it takes, and little is lost in a crash. The folder is deleted
with the recorder; that of a program that was killed a week later, when the next one records.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import shutil
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.errors import ParameterError, ScribeError, StorageError
from ipyscribe.protocol.python_values import python_values
from ipyscribe.protocol.secret import Secret, SecretMask
from ipyscribe.tape.abandoned import FOLDER, clear_old, hold, remove
from ipyscribe.tape.columns import MOST_CHUNKS, column_line
from ipyscribe.tape.failure import error_to_json
from ipyscribe.tape.lane import BLOCK_RECORDS
from ipyscribe.tape.manifest import MANIFEST, LaneManifest, Manifest
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.records import Record, frame_line, line_of
from ipyscribe.tape.redaction import redacted_device_text, redacted_parameters, redacted_text
from ipyscribe.tape.sound import PIECE_SAMPLES, piece_name
from ipyscribe.tape.versions import versions

_LEAST_AT_ONCE, _MOST_AT_ONCE = 60, 120
_RANDOM = random.SystemRandom()  # the seed of the other is its user's
_MOST_BLOCK_BYTES = 2**20
_CHUNKS_IN_FULL = MOST_CHUNKS // 2
_LANE = "lanes/0/"


class Recorder:
    """Records one session.

    ``record_audio`` is false where the tape gets no sound; ``keep_audio_s`` is how many of the newest seconds of
    sound it keeps, None for all.
    ``secrets`` never reach the tape. ``take`` keeps a record as it is, ``take_captured`` sound from the source
    (time in s of the session's clock, first sample, PCM16) and ``take_sent`` when it was handed to a socket
    (connection, time, first sample, samples). They and ``note`` may be called by any thread and do next to nothing;
    what they keep is written by ``tidy`` and ``settle``. A disk that is full ends the recording and not the
    session; ``trouble`` says so. ``complete`` is set once the session is over and has no more to record.
    """

    def __init__(
        self,
        manifest: LaneManifest,
        *,
        record_audio: bool = True,
        keep_audio_s: float | None = None,
        secrets: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lane_manifest = manifest
        self._keep_samples = _samples_to_keep(record_audio, keep_audio_s)
        self._secrets: tuple[str, ...] = ()
        self._mask = SecretMask()
        self.hide(*secrets)
        self._clock = clock
        self.began_s = clock()
        """The beginning of the tape on the session's clock, in s."""
        self._began = datetime.now(UTC)
        self._begun = False
        self._records: deque[Record] = deque()
        self._captured: deque[tuple[float, int, bytes]] = deque()
        self._sent: deque[tuple[int, float, int, int]] = deque()
        self.take: Callable[[Record], None] = self._records.append
        self.take_captured: Callable[[tuple[float, int, bytes]], None] = self._captured.append
        self.take_sent: Callable[[tuple[int, float, int, int]], None] = self._sent.append
        # Else a hundred sessions that begin together write together, and the words of all are late meanwhile.
        self._at_once = _RANDOM.randint(_LEAST_AT_ONCE, _MOST_AT_ONCE)
        self._writing = threading.Lock()
        self._folder: Path | None = None
        self._process = os.getpid()
        self._written_bytes: dict[str, int] = {}
        self._block, self._block_records, self._block_bytes = 0, 0, 0
        self._written_samples = 0
        self._chunks = 0
        self._oldest_piece = 0
        self.complete = False
        self.trouble: StorageError | None = None

    def begin(self) -> None:
        """Let all times count from now on."""
        self.began_s, self._began, self._begun = self._clock(), datetime.now(UTC), True

    def stamp(self, time_s: float) -> float:
        """A time of the session's clock in seconds from the beginning."""
        return time_s - self.began_s if self._begun else 0.0

    def hide(self, *secrets: str | None) -> None:
        """Keep these off the tape, too."""
        self._secrets = tuple({*self._secrets, *(Secret(secret) for secret in secrets if secret)})
        self._mask = SecretMask(self._secrets)

    def note(self, kind: str, *values: Any, at_s: float | None = None) -> None:
        """Take a record of ``kind``, made now or at ``at_s`` of the session's clock."""
        self.take((self.stamp(self._clock() if at_s is None else at_s), kind, *values))

    @property
    def is_write_due(self) -> bool:
        """Whether enough is buffered to be written; to be looked at now and then."""
        return len(self._captured) >= self._at_once or len(self._records) >= self._at_once

    def tidy(self) -> None:
        """Write what is buffered, if it is enough."""
        if self.is_write_due:
            self.settle()

    def settle(self) -> None:
        """Write all that was noted so far. Any thread may call; in a forked child it writes nothing."""
        if os.getpid() != self._process:  # the tape is the parent's, and a thread of it may have held the lock
            self._forget()
            return
        with self._writing:
            if self.trouble is not None:
                self._forget()
                return
            try:
                self._write()
            except Exception as error:  # whatever it is, it must not end the session
                self.trouble = _storage_error(error)

    @property
    def folder(self) -> Path:
        """Where it writes. Raises ``StorageError`` where the disk does not let it."""
        if self._folder is None:
            self.settle()
        if self._folder is None:
            raise self.trouble or StorageError("Nothing was recorded.")
        return self._folder

    @property
    def manifest(self) -> Manifest:
        """The manifest of the tape by now."""
        start = self._oldest_piece * PIECE_SAMPLES if self._keep_samples and self._written_samples else None
        return Manifest(
            began=self._began,
            versions=versions(local=self._lane_manifest.model.local),
            lanes=(self._lane_manifest,),
            audio_start=start,
            complete=self.complete and self.trouble is None,
        )

    def _forget(self) -> None:
        self._records.clear()
        self._captured.clear()
        self._sent.clear()

    def _write(self) -> None:
        if self._folder is None:
            clear_old()
            self._folder = Path(tempfile.mkdtemp(prefix=FOLDER))
            held = contextlib.ExitStack()
            weakref.finalize(self, _remove, self._folder, held, self._process)
            held.enter_context(hold(self._folder))
            (self._folder / _LANE).mkdir(parents=True)
            (self._folder / "audio").mkdir()
            self._write_manifest()
        captured = [self._captured.popleft() for _ in range(len(self._captured))]
        self._write_records()
        self._write_columns(captured)
        if self._keep_samples:
            self._write_pcm(b"".join([pcm for _, _, pcm in captured]))
        if self.complete:
            self._write_manifest()

    def _write_manifest(self) -> None:
        assert self._folder is not None
        content = json.dumps(self.manifest.to_json(), ensure_ascii=False, indent=1, default=str)
        (self._folder / MANIFEST).write_text(content, encoding="utf-8")

    def _write_records(self) -> None:
        assert self._folder is not None
        records = self._records
        while records:
            lines: list[bytes] = []
            room, size = BLOCK_RECORDS - self._block_records, self._block_bytes
            while records and len(lines) < room and size < _MOST_BLOCK_BYTES:
                line = self._line(records.popleft())
                lines.append(line)
                size += len(line) + 1
            self._append(f"{_LANE}{self._block:05d}.jsonl", b"\n".join([*lines, b""]))
            self._block_records, self._block_bytes = self._block_records + len(lines), size
            if len(lines) == room or size >= _MOST_BLOCK_BYTES:
                self._block, self._block_records, self._block_bytes = self._block + 1, 0, 0

    def _line(self, record: Record) -> bytes:
        if record[1] == "received":  # nearly all are
            at_s, _, number, audio_ms, frame = record
            return frame_line(at_s, number, audio_ms, self._mask.data(frame))
        match record:
            case (at_s, "sent", number, text):
                record = (at_s, "sent", number, self._mask.text(text))
            case (at_s, "settings", parameters, price_per_hour_usd):
                record = (at_s, "settings", redacted_parameters(parameters), price_per_hour_usd)
            case (at_s, "notice", kind, message, advice):
                record = (at_s, "notice", kind, *[redacted_text(text, self._mask) for text in (message, advice)])
            case (at_s, "audio", notice, dropped_samples, watchdog):
                notices = [self._audio_notice(one) for one in watchdog]
                record = (at_s, "audio", notice and self._audio_notice(notice), dropped_samples, notices)
            case (at_s, "closed", number, code, reason):
                record = (at_s, "closed", number, code, self._mask.cut_off_text(reason))
            case (at_s, "finished", status, ScribeError() as error):
                record = (at_s, "finished", status, self._failure(error))
        return line_of(record).encode()

    def _audio_notice(self, notice: Notice) -> list[str]:
        return [notice.kind, *[redacted_device_text(text, self._mask) for text in (notice.message, notice.advice)]]

    def _failure(self, error: ScribeError) -> dict[str, Any]:
        of_microphone = self._lane_manifest.source.get("live") and "Device" in type(error).__name__
        clean = redacted_device_text if of_microphone else redacted_text
        return {
            name: clean(value, self._mask) if isinstance(value, str) else value
            for name, value in error_to_json(error).items()
        }

    def _write_columns(self, captured: list[tuple[float, int, bytes]]) -> None:
        lines: list[bytes] = []
        began_s = self.began_s
        if captured:
            chunks = [(at_s - began_s, at, len(pcm) // 2) for at_s, at, pcm in captured]
            lines.append(column_line("captured", self._few(chunks)))
        runs: list[tuple[int, list[tuple[float, int, int]]]] = []
        expected = (-1, -1)
        for _ in range(len(self._sent)):
            number, at_s, at, samples = self._sent.popleft()
            if expected != (number, at):
                runs.append((number, []))
            runs[-1][1].append((at_s - began_s, at, samples))
            expected = (number, at + samples)
        lines += [column_line("sent", self._few(chunks), connection=number) for number, chunks in runs]
        if lines:
            self._append(f"{_LANE}sound.jsonl", b"\n".join([*lines, b""]))

    def _few(self, chunks: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
        """``chunks`` that follow each other, after some hours joined into one: no tape may have too many."""
        if self._chunks > _CHUNKS_IN_FULL:
            chunks = [(chunks[-1][0], chunks[0][1], sum(samples for _, _, samples in chunks))]
        self._chunks += len(chunks)
        return chunks

    def _write_pcm(self, pcm: bytes) -> None:
        assert self._folder is not None
        while pcm:
            number, within = divmod(self._written_samples, PIECE_SAMPLES)
            fits, pcm = pcm[: 2 * (PIECE_SAMPLES - within)], pcm[2 * (PIECE_SAMPLES - within) :]
            self._append(piece_name(number), fits)
            self._written_samples += len(fits) // 2
        while (self._oldest_piece + 1) * PIECE_SAMPLES <= self._written_samples - self._keep_samples:
            (self._folder / piece_name(self._oldest_piece)).unlink(missing_ok=True)
            self._oldest_piece += 1

    def _append(self, part: str, content: bytes) -> None:
        """Append ``content`` to a part; nothing is buffered, and no file stays open.

        Raises ``OSError``, also where the file is not as it was left: what cleans up temporary files has removed it.
        """
        written, left = self._written_bytes.get(part, 0), memoryview(content)
        with open(f"{self._folder}/{part}", "ab", buffering=0) as file:
            if os.fstat(file.fileno()).st_size != written:
                raise FileNotFoundError(errno.ENOENT, "a part of the recording was removed", part)
            while left:
                left = left[file.write(left) :]
        self._written_bytes[part] = written + len(content)


def _storage_error(error: Exception) -> StorageError:
    folder = "the folder of temporary files"
    with contextlib.suppress(OSError):  # there may be none that can be written to
        folder = tempfile.gettempdir()
        folder += f" ({shutil.disk_usage(folder).free / 1e6:,.0f} MB free)"
    return StorageError(
        f"Recording has stopped: {getattr(error, 'strerror', None) or error}.",
        advice=f"The session goes on without its tape. Make room in {folder}: a minute of sound takes 2 MB; "
        "record_audio=False and keep_audio_s take less.",
        cause=error if isinstance(error, OSError) else None,
    )


def _remove(folder: Path, held: contextlib.ExitStack, process: int) -> None:
    """Delete the folder, but not from a forked child: it is its parent's."""
    held.close()
    if os.getpid() == process:
        remove(folder)


def _samples_to_keep(record_audio: bool, keep_audio_s: float | None) -> float:
    """How many of the newest samples the tape keeps. Raises ``ParameterError``."""
    if not isinstance(record_audio, bool):
        raise ParameterError(
            f"record_audio={record_audio!r:.80} cannot be used.",
            advice="Expected True or False; keep_audio_s limits how many seconds of sound are kept.",
        )
    if keep_audio_s is None:
        return float("inf") if record_audio else 0.0
    keep_audio_s = python_values(keep_audio_s)
    if isinstance(keep_audio_s, bool) or not isinstance(keep_audio_s, int | float) or not keep_audio_s > 0:
        raise ParameterError(
            f"keep_audio_s={keep_audio_s!r:.80} cannot be used.",
            advice="Expected a number of seconds above 0, or None to keep all sound.",
        )
    return keep_audio_s * SAMPLE_RATE_HZ if record_audio else 0.0
