"""References that a person has corrected while reviewing an evaluation, kept with its results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ipyscribe.errors import StorageError
from ipyscribe.evaluation.recording import Recording

_FILE = "references.jsonl"


@dataclass(frozen=True, slots=True)
class _Edit:
    """The ``original`` of a reference and its corrected ``text``.

    ``name`` is that of the recording when it was corrected, ``sound`` the digest of what was played, if anything was.
    """

    name: str
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
        self._edits: dict[tuple[str, str | None], _Edit] = {}
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
        edit = _Edit(recording.name, recording.reference if earlier is None else earlier.original, text, sound)
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
        self._add(edit)
        self._in_force[recording.name] = edit
        return replace(recording, reference=text, alternatives=False)

    def _claimed(self, recordings: Sequence[Recording], sounds: Mapping[str, str | None]) -> dict[str, _Edit]:
        """The edit of each recording by name: that of its name and sound, else that of its sound, else of its name.

        Of several, it is the last one.
        """
        left: dict[str, list[_Edit]] = {}
        for edit in reversed(self._edits.values()):
            left.setdefault(edit.original, []).append(edit)
        claimed: dict[str, _Edit] = {}

        def claim(fits: Callable[[_Edit, str, str | None], bool]) -> None:
            for each in recordings:
                edits = left.get(each.reference, [])
                if edits and each.name not in claimed:
                    sound = sounds.get(each.name)
                    found = next((edit for edit in edits if fits(edit, each.name, sound)), None)
                    if found is not None:
                        edits.remove(found)
                        claimed[each.name] = found

        claim(lambda edit, name, sound: edit.name == name and edit.sound in (None, sound))
        claim(lambda edit, _, sound: edit.sound is not None and edit.sound == sound)
        claim(lambda edit, name, _: edit.name == name)
        return claimed

    def _add(self, edit: _Edit) -> None:
        """Keep ``edit`` as the last one, in place of that of the same name and sound, or of the name before a sound."""
        for sound in {edit.sound, None}:
            self._edits.pop((edit.name, sound), None)
        self._edits[edit.name, edit.sound] = edit

    def _read(self, file: Path) -> None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise StorageError(f"{str(file)!r} cannot be read ({error}).", advice="Delete or repair it.") from None
        for line in lines:
            try:
                entry = json.loads(line)
                name, original, text = (str(entry[key]) for key in ("name", "original", "reference"))
                self._add(_Edit(name, original, text, entry.get("sound") or None))
            except (ValueError, KeyError, TypeError):  # a program was killed while it wrote the last line
                continue
