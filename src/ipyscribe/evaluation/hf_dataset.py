"""An in-memory ``datasets.Dataset`` of Hugging Face as recordings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.recording import Corpus, Recording, checked_text
from ipyscribe.evaluation.tables import TEXT_COLUMNS


def is_dataset(value: object) -> bool:
    """Whether ``value`` is a ``datasets.Dataset``, without importing that package."""
    return type(value).__module__.partition(".")[0] == "datasets" and hasattr(value, "column_names")


def recordings_of_dataset(dataset: Any) -> Corpus:
    """A recording for each row: its column "audio", its text, and the other columns. Raises ``ParameterError``."""
    if isinstance(dataset.column_names, dict):
        raise ParameterError(
            f"This is a DatasetDict of {', '.join(dataset.column_names)}.", advice='Give one split: dataset["test"].'
        )
    names = list(dataset.column_names)
    text_column = next((name for wanted in TEXT_COLUMNS for name in names if name.lower() == wanted), None)
    if "audio" not in names or text_column is None:
        raise ParameterError(
            f"The dataset has the columns {', '.join(names)}; 'audio' and 'text' are needed.",
            advice='Rename them: dataset.rename_column("words", "text").',
        )
    undecoded = _undecoded(dataset)
    plain = undecoded.remove_columns(["audio"])
    recordings, left_out = [], {}
    for index, row in enumerate(plain):
        text = row.pop(text_column)
        columns = {name: value for name, value in row.items() if isinstance(value, str | int | float | bool)}
        name = str(row.get("id") or row.get("path") or f"{index:06d}")
        if text is None or not str(text).strip():
            left_out[Path(name).name] = f"row {index} has no text"
            continue
        load = _loader(undecoded, index)
        recordings.append(
            Recording(Path(name).name, None, checked_text(text, f"row {index}"), columns=columns, load=load)
        )
    return Corpus(tuple(recordings), left_out)


def _undecoded(dataset: Any) -> Any:
    """The dataset with its sound as encoded bytes: decoding would need torch and ffmpeg."""
    if type(dataset.features["audio"]).__name__ != "Audio":
        return dataset
    from importlib import import_module

    return dataset.cast_column("audio", import_module("datasets").Audio(decode=False))


def _loader(dataset: Any, index: int) -> Callable[[], bytes | tuple[Any, int]]:
    return partial(_load, dataset, index)


def _load(dataset: Any, index: int) -> bytes | tuple[Any, int]:
    audio = dataset[index]["audio"]
    if audio.get("array") is not None:
        return audio["array"], int(audio["sampling_rate"])
    content = audio.get("bytes")
    return content if content else Path(audio["path"]).read_bytes()
