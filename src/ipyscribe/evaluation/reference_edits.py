"""References that a person has corrected while reviewing an evaluation, kept with its results."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ipyscribe.errors import StorageError
from ipyscribe.evaluation.recording import Recording

_FILE = "references.jsonl"


class ReferenceEdits:
    """The corrected reference of each recording, by name, in ``folder`` or only in memory.

    A correction holds for the reference that it was made to: where the corpus has another one by now, that one holds.
    Raises ``StorageError``.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / _FILE
        self._edits: dict[str, tuple[str, str]] = {}
        """The original and the corrected reference of each recording."""
        if self._file is not None and self._file.exists():
            self._read(self._file)

    def __len__(self) -> int:
        return len(self._edits)

    def applied(self, recordings: Iterable[Recording]) -> tuple[Recording, ...]:
        """``recordings`` with their corrected references."""
        return tuple(self._applied(recording) for recording in recordings)

    def edit(self, recording: Recording, text: str) -> Recording:
        """``recording`` with ``text`` as its reference, which is kept."""
        original = self._edits.get(recording.name, (recording.reference, ""))[0]
        entry = {"name": recording.name, "original": original, "reference": text}
        if self._file is not None:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            except OSError as error:
                raise StorageError(
                    f"{str(self._file)!r} cannot be written ({error.strerror or error}).",
                    advice="Make room, or check who may write there.",
                ) from None
        self._edits[recording.name] = (original, text)
        return replace(recording, reference=text, alternatives=False)

    def _applied(self, recording: Recording) -> Recording:
        original, text = self._edits.get(recording.name, ("", ""))
        if not text or original != recording.reference:
            self._edits.pop(recording.name, None)
            return recording
        return replace(recording, reference=text, alternatives=False)

    def _read(self, file: Path) -> None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise StorageError(f"{str(file)!r} cannot be read ({error}).", advice="Delete or repair it.") from None
        for line in lines:
            try:
                entry = json.loads(line)
                self._edits[entry["name"]] = (str(entry["original"]), str(entry["reference"]))
            except (ValueError, KeyError, TypeError):  # a program was killed while it wrote the last line
                continue
