"""References that a person has corrected while reviewing an evaluation, kept with its results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ipyscribe.errors import StorageError
from ipyscribe.evaluation.recording import Recording

_FILE = "references.jsonl"


@dataclass(frozen=True, slots=True)
class _Edit:
    """The ``original`` of a reference and its corrected ``text``; ``sound`` is the digest of what was played."""

    original: str
    text: str
    sound: str | None


class ReferenceEdits:
    """The corrected reference of each recording, in ``folder`` or only in memory.

    A correction holds for the reference that it was made to: where the corpus has another one by now, that one holds.
    It follows the sound to another name. Raises ``StorageError``.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / _FILE
        self._edits: dict[str, _Edit] = {}
        self._in_force: dict[str, _Edit] = {}
        if self._file is not None and self._file.exists():
            self._read(self._file)

    def __len__(self) -> int:
        return len(self._in_force)

    def applied(
        self, recordings: Sequence[Recording], sounds: Mapping[str, str | None] | None = None
    ) -> tuple[Recording, ...]:
        """``recordings`` with their corrected references; ``sounds`` are the digests of those that were played."""
        self._in_force = self._claimed(recordings, sounds or {}) if self._edits else {}
        return tuple(
            replace(each, reference=edit.text, alternatives=False) if (edit := self._in_force.get(each.name)) else each
            for each in recordings
        )

    def edit(self, recording: Recording, text: str, sound: str | None) -> Recording:
        """``recording`` with ``text`` as its reference, which is kept; ``sound`` is the digest of what was played."""
        earlier = self._in_force.get(recording.name)
        edit = _Edit(recording.reference if earlier is None else earlier.original, text, sound)
        entry = {"name": recording.name, "original": edit.original, "reference": text, "sound": sound}
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
        self._edits[recording.name] = self._in_force[recording.name] = edit
        return replace(recording, reference=text, alternatives=False)

    def _claimed(self, recordings: Sequence[Recording], sounds: Mapping[str, str | None]) -> dict[str, _Edit]:
        """The edit of each recording by name: that of its name and sound, else that of its sound, else of its name."""
        left = dict(self._edits)
        claimed: dict[str, _Edit] = {}

        def claim(recording: Recording, name: str) -> None:
            if name in left and left[name].original == recording.reference:
                claimed[recording.name] = left.pop(name)

        for each in recordings:
            if each.name in left and left[each.name].sound in (None, sounds.get(each.name)):
                claim(each, each.name)
        names = {edit.sound: name for name, edit in left.items() if edit.sound is not None}
        for each in recordings:
            if each.name not in claimed and (sound := sounds.get(each.name)) in names:
                claim(each, names[sound])
        for each in recordings:
            if each.name not in claimed:
                claim(each, each.name)
        return claimed

    def _read(self, file: Path) -> None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise StorageError(f"{str(file)!r} cannot be read ({error}).", advice="Delete or repair it.") from None
        for line in lines:
            try:
                entry = json.loads(line)
                self._edits[entry["name"]] = _Edit(
                    str(entry["original"]), str(entry["reference"]), entry.get("sound") or None
                )
            except (ValueError, KeyError, TypeError):  # a program was killed while it wrote the last line
                continue
