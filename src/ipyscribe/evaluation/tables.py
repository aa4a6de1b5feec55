"""Recordings from a table: CSV, TSV, JSON lines."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipyscribe.comparison.reference_files import is_reference_name, read_reference
from ipyscribe.comparison.timed_text import decoded
from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.recording import Column, Corpus, Recording, checked_text

FILE_COLUMNS = ("file", "path", "audio", "audio_file", "audio_path", "audio_filepath", "file_name", "filename", "wav")
TEXT_COLUMNS = ("reference", "text", "transcript", "transcription", "sentence", "normalized_text", "raw_text")
_UNIT = r"(?:_?(?P<unit>s|secs?|seconds?|ms|msecs?|milliseconds?))?"
_START = re.compile(rf"(?:\w+_)?(?:start|begin|onset|xmin|tmin)(?:_?time)?{_UNIT}")
_END = re.compile(rf"(?:\w+_)?(?:end|stop|xmax|tmax)(?:_?time)?{_UNIT}")
_OFFSET = re.compile(rf"offset{_UNIT}")
_DURATION = re.compile(rf"(?:\w+_)?(?:duration|dur|length){_UNIT}")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_SOUND_FOLDERS = ("clips", "wav", "wavs", "audio", "sounds")
_QUOTED_TSV_FIELD = re.compile(r'"((?:[^"]|"")*)"', re.DOTALL)

Row = Mapping[str, Any]


def recordings_of_table(table: Path) -> Corpus:
    """A recording for each row, with the row's other columns. Raises ``ParameterError``."""
    try:
        text = decoded(table.read_bytes())
    except OSError as error:
        raise ParameterError(
            f"{str(table)!r} is not a folder and cannot be read as a table ({error.strerror or error}).",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from None
    except UnicodeDecodeError as error:
        raise _unreadable(table, str(error)) from None
    return _corpus(_rows(table, text), table)


def _corpus(rows: Iterable[tuple[int, Row]], table: Path) -> Corpus:
    """Recordings of numbered ``rows``; those without a text are left out. Raises ``ParameterError``."""
    recordings: list[Recording] = []
    left_out: dict[str, str] = {}
    columns: tuple[str, ...] | None = None
    whole: dict[Path, tuple[int, str]] = {}
    for number, row in rows:
        if columns is None or not {*columns} <= {*row}:
            columns = (_column(table, row, FILE_COLUMNS), _column(table, row, TEXT_COLUMNS))
        file, text = _file_name(row[columns[0]]), row[columns[1]]
        if not file:
            continue
        if text is None or not str(text).strip():
            left_out[_distinct(file, number, left_out)] = f"line {number} of {table.name} has no text"
            continue
        try:
            recording = _recording(table, number, row, columns, file, text)
        except ParameterError as error:
            left_out[_distinct(file, number, left_out)] = error.message
            continue
        recordings.append(recording)
        if recording.path is not None and recording.end_s is None and not recording.start_s:
            earlier, earlier_text = whole.setdefault(recording.path, (number, recording.reference))
            if earlier_text != recording.reference:
                raise ParameterError(
                    f"Lines {earlier} and {number} of {table.name!r} both are the whole of {file!r}, with other texts.",
                    advice="Call the columns of their times in seconds 'start' and 'end', or 'offset' and 'duration'.",
                )
    return Corpus(tuple(recordings), left_out)


def _distinct(file: str, number: int, left_out: Mapping[str, str]) -> str:
    """A name for what is left out of ``file``, of which there may be several parts."""
    return f"{file} (line {number})" if file in left_out else file


def _file_name(value: Any) -> str:
    """The name of a file as a table has it: a text, or an object with its path."""
    path = value.get("path") if isinstance(value, Mapping) else value
    return "" if path is None else str(path).strip()


def _recording(table: Path, number: int, row: Row, columns: Sequence[str], file: str, text: object) -> Recording:
    offset_s, duration_s, end_s = (_seconds(table, number, row, each) for each in (_OFFSET, _DURATION, _END))
    start_s = _seconds(table, number, row, _START)
    if start_s is None:
        start_s = offset_s
    elif end_s is None and offset_s is not None and duration_s is None:
        end_s = offset_s  # onset and offset, as psychologists and event lists call the two
    if end_s is None and start_s is not None and duration_s is not None:
        end_s = start_s + duration_s
    path = _located(table.parent, file)
    text = _text(table.parent, text)
    if start_s is None and end_s is None:
        return Recording(file, path, checked_text(text, file), columns=_others(row, columns))
    if end_s is not None and end_s <= (start_s or 0.0):
        raise ParameterError(
            f"Line {number} of {table.name!r} ends at {end_s:g} s, before it starts.",
            advice="Give start and end in seconds of the file.",
        )
    return Recording(file, path, checked_text(text, file), start_s or 0.0, end_s, _others(row, columns))


def _text(folder: Path, text: object) -> object:
    """The text of a row, or that of the file beside the table which it names."""
    if isinstance(text, str) and is_reference_name(text.strip()) and os.path.isfile(folder / text.strip()):
        return read_reference(folder / text.strip())
    return text


def _others(row: Row, columns: Sequence[str]) -> dict[str, Column]:
    taken = {*columns}
    return {
        name: value
        for name, value in row.items()
        if name not in taken and isinstance(value, str | int | float | bool) and str(value).strip()
    }


def _located(folder: Path, file: str) -> Path:
    """``file`` beside the table, or in one of the folders in which corpora keep their sound.

    ``os.path`` takes a name that is too long for one of a file that is not there; ``Path.is_file`` raises.
    """
    path = Path(file).expanduser()
    candidates = [folder / path, *(folder / name / path for name in _SOUND_FOLDERS)]
    return next((candidate for candidate in candidates if os.path.isfile(candidate)), candidates[0])


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
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise _unreadable(table, f"line {number}: {error}") from None


def _tsv_rows(table: Path, text: str) -> Iterator[tuple[int, Row]]:
    """Tabs separate; a quote is a letter, as in Common Voice, except around a field that it was doubled in."""
    lines = [line.split("\t") for line in text.split("\n")]
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
    spaced = re.match(rf"[^\n]*?{re.escape(delimiter)} ", text) is not None
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter=delimiter, strict=True, skipinitialspace=spaced)
    try:
        names = dict.fromkeys(reader.fieldnames or ())
        for wanted in (FILE_COLUMNS, TEXT_COLUMNS):
            _column(table, names, wanted)
        for row in reader:
            surplus = row.pop(None, [])
            broken = delimiter == "," and not spaced and any(re.match(r" +\S", value or "") for value in row.values())
            if surplus or None in row.values() or broken:
                raise _wrong_fields(table, reader.line_num, [*filter(None, row.values()), *surplus], names, delimiter)
            yield reader.line_num, row
    except csv.Error as error:
        raise _unreadable(table, f"line {reader.line_num}: {error}") from None


def _wrong_fields(table: Path, number: int, fields: Sequence[str], names: Row, delimiter: str) -> ParameterError:
    if len(fields) == len(names):
        difference = "a space after a separator, which may stand within a text"
    else:
        difference = f"{'more' if len(fields) > len(names) else 'fewer'} than {len(names)} fields"
    return ParameterError(
        f"Line {number} of {table.name!r} has {difference}: {delimiter.join(fields)!r:.120}.",
        advice=f"Put texts that hold a {delimiter!r} between double quotes.",
    )


def _column(table: Path, row: Row, wanted: Sequence[str]) -> str:
    names = {str(name).strip().lower(): name for name in row}
    column = next((names[name] for name in wanted if name in names), None)
    if column is None:
        raise ParameterError(
            f"{table.name!r} has no column {' or '.join(map(repr, wanted))}; it has {', '.join(map(str, row))}.",
            advice=f"Call one of its columns {wanted[0]!r}.",
        )
    return str(column)


def _seconds(table: Path, number: int, row: Row, wanted: re.Pattern[str]) -> float | None:
    """The time in the column that ``wanted`` matches, in s: a number in its unit, or as of a clock."""
    for name, value in row.items():
        column = wanted.fullmatch(re.sub(r"[^a-z]+", "_", str(name).lower()).strip("_"))
        if column is None or value in (None, ""):
            continue
        clock = _CLOCK.fullmatch(str(value).strip())
        try:
            seconds = _clock_s(clock) if clock else float(value) / (1000 if (column["unit"] or "s")[0] == "m" else 1)
        except (TypeError, ValueError):
            seconds = math.nan
        if not 0 <= seconds < math.inf:
            raise ParameterError(
                f"{name}={value!r:.40} in line {number} of {table.name!r} is not a time.",
                advice="Give seconds of the file.",
            )
        return seconds
    return None


def _clock_s(clock: re.Match[str]) -> float:
    return 3600 * int(clock[1] or 0) + 60 * int(clock[2]) + float(clock[3].replace(",", "."))


def _unreadable(table: Path, reason: str) -> ParameterError:
    return ParameterError(
        f"{table.name!r} is not a table that can be read ({reason}).",
        advice="Give a .csv, .tsv or .jsonl file in UTF-8 with a line of column names.",
    )
