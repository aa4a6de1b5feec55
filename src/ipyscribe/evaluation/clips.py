"""Recordings with what is said in them: from a folder, a table, or pairs."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ipyscribe.comparison.reference import reference_text
from ipyscribe.errors import ParameterError

_SOUND = (".wav", ".flac", ".ogg", ".mp3")
_FILE_COLUMNS = ("file", "path", "audio", "audio_file", "audio_path")
_TEXT_COLUMNS = ("reference", "text", "transcript", "sentence")
Place = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound file and what is really said in it; ``name`` is what tells it from the others."""

    name: str
    path: Path
    reference: str


def clips(given: Place | Iterable[Clip | tuple[Place, Place]]) -> tuple[Clip, ...]:
    """Recordings with their references, in the order in which they are given or by name.

    ``given`` is a folder of sound files, each with a text file of the same name beside it; a table (``.csv`` or
    ``.tsv`` with a first line of column names: ``file``, relative to the table, and ``reference`` or ``text``);
    or pairs of a sound file and its reference, which is a text or the name of a text file. Raises
    ``ParameterError``.
    """
    if isinstance(given, str | os.PathLike):
        place = Path(given).expanduser()
        found = _of_folder(place) if place.is_dir() else _of_table(place)
    elif isinstance(given, Iterable):
        found = [_of_pair(each) for each in given]
    else:
        raise _unusable(given)
    if not found:
        raise ParameterError(f"{given!r:.80} holds no recording.", advice="Give at least one.")
    return _told_apart(found)


def _of_folder(folder: Path) -> list[Clip]:
    sounds = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SOUND)
    if not sounds:
        raise ParameterError(
            f"The folder {str(folder)!r} holds no sound file ({', '.join(_SOUND)}).",
            advice="Check the spelling, or give pairs of a sound file and its reference.",
        )
    without = [path.name for path in sounds if not path.with_suffix(".txt").is_file()]
    if without:
        raise ParameterError(
            f"{len(without)} of {len(sounds)} sound files have no text beside them, such as {without[0]!r}.",
            advice=f"Write what is said into {Path(without[0]).with_suffix('.txt').name!r}, or give pairs.",
        )
    return [_clip(path, path.with_suffix(".txt")) for path in sounds]


def _of_table(table: Path) -> list[Clip]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t" if table.suffix == ".tsv" else ",")
            columns = rows.fieldnames or []
            file, text = _column(table, columns, _FILE_COLUMNS), _column(table, columns, _TEXT_COLUMNS)
            return [Clip(row[file], table.parent / row[file], _said(row[text], row[file])) for row in rows if row[file]]
    except OSError as error:
        raise ParameterError(
            f"{str(table)!r} is no folder and cannot be read as a table ({error.strerror or error}).",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParameterError(
            f"{table.name!r} is no table of text ({error}).", advice="Give a .csv or .tsv file in UTF-8."
        ) from None


def _column(table: Path, columns: Sequence[str], wanted: Sequence[str]) -> str:
    found = next((column for name in wanted for column in columns if column.strip().lower() == name), None)
    if found is None:
        raise ParameterError(
            f"{table.name!r} has no column {' or '.join(map(repr, wanted))}; it has {', '.join(columns) or 'none'}.",
            advice=f"Call one of its columns {wanted[0]!r}.",
        )
    return found


def _of_pair(pair: object) -> Clip:
    if isinstance(pair, Clip):
        return pair
    if isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(part, str | os.PathLike) for part in pair):
        return _clip(Path(pair[0]).expanduser(), pair[1])
    raise _unusable(pair)


def _clip(path: Path, reference: Place) -> Clip:
    return Clip(path.name, path, _said(reference_text(reference), path.name))


def _said(text: str | None, name: str) -> str:
    if text is None or not text.strip():
        raise ParameterError(
            f"The reference of {name!r} is empty.", advice="Give what is said in it, or leave the recording out."
        )
    return text.strip()


def _told_apart(found: Sequence[Clip]) -> tuple[Clip, ...]:
    """Clips of the same name get their folder before it, or the number of their place."""
    seen: dict[str, Clip] = {}
    for clip in found:
        names = (clip.name, f"{clip.path.parent.name}/{clip.path.name}", f"{clip.name} ({len(seen) + 1})")
        name = next(name for name in names if name not in seen)
        seen[name] = Clip(name, clip.path, clip.reference)
    return tuple(seen.values())


def _unusable(given: object) -> ParameterError:
    return ParameterError(
        f"{given!r:.80} is no recording with a reference.",
        advice='Give a folder, a .csv table, or pairs such as ("talk.wav", "what is said in it").',
    )
