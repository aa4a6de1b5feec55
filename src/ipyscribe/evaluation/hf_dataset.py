"""An in-memory ``datasets.Dataset`` of Hugging Face as recordings."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from ipyscribe.errors import AudioFileError, ParameterError
from ipyscribe.evaluation.recording import Corpus, Recording, checked_text
from ipyscribe.evaluation.tables import FILE_COLUMNS, TEXT_COLUMNS
from ipyscribe.protocol.python_values import python_values


def is_dataset(value: object) -> bool:
    """Whether ``value`` is a ``datasets.Dataset``, without importing that package."""
    return type(value).__module__.partition(".")[0] == "datasets" and hasattr(value, "column_names")


def recordings_of_dataset(dataset: Any) -> Corpus:
    """A recording for each row: its column of sound, its text, and the other columns. Raises ``ParameterError``."""
    if isinstance(dataset.column_names, dict):
        raise ParameterError(
            f"This is a DatasetDict of {', '.join(dataset.column_names)}.", advice='Give one split: dataset["test"].'
        )
    if not hasattr(dataset, "__getitem__") or "Iterable" in type(dataset).__name__:
        raise ParameterError(
            "This dataset is a stream, of which no row can be read a second time.",
            advice="Give a part of it: datasets.Dataset.from_list(list(dataset.take(100))).",
        )
    audio_column, text_column = _columns(dataset)
    undecoded = _undecoded(dataset, audio_column)
    recordings, left_out = [], {}
    for index, row in enumerate(undecoded.remove_columns([audio_column])):
        text = row.pop(text_column)
        columns = {
            name: _label(dataset.features[name], value)
            for name, value in python_values(row).items()
            if isinstance(value, str | int | float | bool)
        }
        name = Path(str(row.get("id") or row.get("path") or f"{index:06d}")).name
        if text is None or not str(text).strip():
            left_out[f"{name} (row {index})" if name in left_out else name] = f"row {index} has no text"
            continue
        load = partial(_load, undecoded, index, audio_column)
        recordings.append(Recording(name, None, checked_text(text, f"row {index}"), columns=columns, load=load))
    return Corpus(tuple(recordings), left_out)


def _columns(dataset: Any) -> tuple[str, str]:
    """The names of the columns of sound and text. Raises ``ParameterError``."""
    names = list(dataset.column_names)
    audio_column = next((name for name in names if _is_audio(dataset.features[name])), None) or next(
        (name for wanted in FILE_COLUMNS for name in names if name.lower() == wanted), None
    )
    text_column = next((name for wanted in TEXT_COLUMNS for name in names if name.lower() == wanted), None)
    if audio_column is None or text_column is None:
        raise ParameterError(
            f"The dataset has the columns {', '.join(names)}; 'audio' and 'text' are needed.",
            advice='Rename them: dataset.rename_column("words", "text").',
        )
    return audio_column, text_column


def _is_audio(feature: Any) -> bool:
    return type(feature).__name__ == "Audio"


def _label(feature: Any, value: Any) -> Any:
    """``value``, of a ``ClassLabel`` its name."""
    return feature.int2str(value) if type(feature).__name__ == "ClassLabel" and value >= 0 else value


def _undecoded(dataset: Any, audio_column: str) -> Any:
    """The dataset with its sound as encoded bytes: decoding would need torch and ffmpeg."""
    if not _is_audio(dataset.features[audio_column]):
        return dataset
    from importlib import import_module

    return dataset.cast_column(audio_column, import_module("datasets").Audio(decode=False))


def _load(dataset: Any, index: int, audio_column: str) -> bytes | tuple[Any, int]:
    audio = dataset[index][audio_column]
    if isinstance(audio, str):
        return _content(audio)
    if audio.get("array") is not None:
        return audio["array"], int(audio["sampling_rate"])
    return audio.get("bytes") or _content(audio["path"])


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise AudioFileError(
            f"The dataset's sound {path!r} cannot be read ({error.strerror or error}).",
            advice="Give a dataset with its sound in it, or start where its paths begin.",
        ) from None
