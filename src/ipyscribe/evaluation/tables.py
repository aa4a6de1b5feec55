"""Recordings from a table: CSV, TSV, JSON lines."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.recording import Column, Recording, checked_text

FILE_COLUMNS = ("file", "path", "audio", "audio_file", "audio_path", "audio_filepath", "file_name", "filename", "wav")
TEXT_COLUMNS = ("reference", "text", "transcript", "transcription", "sentence", "normalized_text", "raw_text")
_START_COLUMNS = ("start_s", "start", "offset", "begin", "start_time", "start_ms")
_END_COLUMNS = ("end_s", "end", "stop", "end_time", "end_ms")
_DURATION_COLUMNS = ("duration_s", "duration")
TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_SOUND_FOLDERS = ("clips", "wav", "wavs", "audio", "sounds")
_QUOTED_TSV_FIELD = re.compile(r'"((?:[^"]|"")*)"', re.DOTALL)

Row = Mapping[str, Any]


def recordings_of_table(table: Path) -> list[Recording]:
    """A recording for each row, with the row's other columns. Raises ``ParameterError``."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ParameterError(
            f"{str(table)!r} is not a folder and cannot be read as a table ({error.strerror or error}).",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from None
    except UnicodeDecodeError as error:
        raise _unreadable(table, str(error)) from None
    return recordings_of_rows(_rows(table, text), table)


def recordings_of_rows(rows: Iterable[tuple[int, Row]], table: Path) -> list[Recording]:
    """Recordings of numbered ``rows``; paths are relative to the folder of ``table``. Raises ``ParameterError``."""
    recordings: list[Recording] = []
    columns: tuple[str, ...] | None = None
    for number, row in rows:
        if columns is None or not {*columns} <= {*row}:
            columns = (_column(table, row, FILE_COLUMNS), _column(table, row, TEXT_COLUMNS))
        file, text = (row[name] for name in columns)
        if file:
            recordings.append(_recording(table, number, row, columns, str(file), text))
    return recordings


def _recording(table: Path, number: int, row: Row, columns: Sequence[str], file: str, text: object) -> Recording:
    start_s = _seconds(table, number, row, _START_COLUMNS)
    end_s = _seconds(table, number, row, _END_COLUMNS)
    duration_s = _seconds(table, number, row, _DURATION_COLUMNS)
    if end_s is None and start_s is not None and duration_s is not None:
        end_s = start_s + duration_s
    path = _located(table.parent, file)
    if start_s is None and end_s is None:
        return Recording(file, path, checked_text(text, file), columns=_others(row, columns))
    if end_s is not None and end_s <= (start_s or 0.0):
        raise ParameterError(
            f"Line {number} of {table.name!r} ends at {end_s:g} s, before it starts.",
            advice="Give start and end in seconds of the file.",
        )
    return Recording(file, path, checked_text(text, file), start_s or 0.0, end_s, _others(row, columns))


def _others(row: Row, columns: Sequence[str]) -> dict[str, Column]:
    taken = {*columns}
    return {
        name: value
        for name, value in row.items()
        if name not in taken and isinstance(value, str | int | float | bool) and value != ""
    }


def _located(folder: Path, file: str) -> Path:
    """``file`` beside the table, or in one of the folders in which corpora keep their sound."""
    path = Path(file).expanduser()
    candidates = [folder / path, *(folder / name / path for name in _SOUND_FOLDERS)]
    return next((candidate for candidate in candidates if candidate.is_file()), candidates[0])


def _rows(table: Path, text: str) -> Iterator[tuple[int, Row]]:
    suffix = table.suffix.lower()
    if suffix in (".jsonl", ".ndjson", ".json"):
        return _json_rows(table, text)
    if suffix == ".tsv":
        return _tsv_rows(table, text)
    return _csv_rows(table, text)


def _json_rows(table: Path, text: str) -> Iterator[tuple[int, Row]]:
    if text.lstrip().startswith("["):
        try:
            listed = json.loads(text)
        except ValueError as error:
            raise _unreadable(table, str(error)) from None
        numbered: Iterable[tuple[int, Any]] = enumerate(listed, start=1)
    else:
        numbered = _json_lines(table, text)
    for number, row in numbered:
        if not isinstance(row, dict):
            raise _unreadable(table, f"line {number} is not an object")
        yield number, row


def _json_lines(table: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise _unreadable(table, f"line {number}: {error}") from None


def _tsv_rows(table: Path, text: str) -> Iterator[tuple[int, Row]]:
    """Tabs separate; a quote is a letter, as in Common Voice, except around a field that it was doubled in."""
    lines = [line.split("\t") for line in text.splitlines()]
    names = lines[0] if lines else []
    if any(len(fields) not in (len(names), 1) for fields in lines):
        return _delimited_rows(table, text, "\t")  # a field holds a tab or a line break, as pandas writes it
    return (
        (number, dict(zip(names, map(_without_quotes, fields), strict=True)))
        for number, fields in enumerate(lines[1:], start=2)
        if len(fields) == len(names) and any(fields)
    )


def _without_quotes(field: str) -> str:
    match = _QUOTED_TSV_FIELD.fullmatch(field)
    return match[1].replace('""', '"') if match and '""' in match[1] else field


def _csv_rows(table: Path, text: str) -> Iterator[tuple[int, Row]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    return _delimited_rows(table, text, delimiter)


def _delimited_rows(table: Path, text: str, delimiter: str) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            surplus = row.pop(None, [])
            if surplus or None in row.values():
                count = len(reader.fieldnames or ())
                fields = delimiter.join([*filter(None, row.values()), *surplus])
                raise ParameterError(
                    f"Line {reader.line_num} of {table.name!r} has {'more' if surplus else 'fewer'} than "
                    f"{count} fields: {fields!r:.120}.",
                    advice=f"Put texts that hold a {delimiter!r} between double quotes.",
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise _unreadable(table, f"line {reader.line_num}: {error}") from None


def _column(table: Path, row: Row, wanted: Sequence[str]) -> str:
    names = {str(name).strip().lower(): name for name in row}
    column = next((names[name] for name in wanted if name in names), None)
    if column is None:
        raise ParameterError(
            f"{table.name!r} has no column {' or '.join(map(repr, wanted))}; it has {', '.join(map(str, row))}.",
            advice=f"Call one of its columns {wanted[0]!r}.",
        )
    return str(column)


def _seconds(table: Path, number: int, row: Row, wanted: Sequence[str]) -> float | None:
    names = {str(name).strip().lower(): name for name in row}
    name = next((name for name in wanted if name in names and row[names[name]] not in (None, "")), None)
    if name is None:
        return None
    value = row[names[name]]
    try:
        seconds = float(value) / (1000 if name.endswith("_ms") else 1)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ParameterError(
            f"{name}={value!r:.40} in line {number} of {table.name!r} is not a time.",
            advice="Give seconds of the file.",
        )
    return seconds


def _unreadable(table: Path, reason: str) -> ParameterError:
    return ParameterError(
        f"{table.name!r} is not a table that can be read ({reason}).",
        advice="Give a .csv, .tsv or .jsonl file in UTF-8 with a line of column names.",
    )
