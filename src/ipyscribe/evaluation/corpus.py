"""Recordings with their references, from a folder, a table, a corpus as it is shipped, a dataset, or pairs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ipyscribe.comparison.reference import reference_text
from ipyscribe.comparison.reference_files import read_reference
from ipyscribe.errors import ParameterError, ScribeError
from ipyscribe.evaluation import shipped_corpora
from ipyscribe.evaluation.hf_dataset import is_dataset, recordings_of_dataset
from ipyscribe.evaluation.recording import Corpus, PathLike, Recording, checked_text, distinct_names
from ipyscribe.evaluation.shipped_corpora import SOUND_SUFFIXES
from ipyscribe.evaluation.tables import FILE_COLUMNS, TABLE_SUFFIXES, recordings_of_table
from ipyscribe.metrics import Normaliser

Recordings: TypeAlias = PathLike | Iterable[Recording | tuple[PathLike, PathLike]] | Any
"""What ``read_corpus`` takes."""
_METADATA = ("metadata.jsonl", "metadata.csv")
_TEXT_SUFFIXES = (".txt", ".lab", ".srt", ".vtt", ".textgrid", ".eaf", ".ctm", ".stm", ".json", ".md")


def read_corpus(recordings: Recordings) -> Corpus:
    """Recordings with their references, in the order of the input or by name.

    ``recordings`` is a folder of sound files, each with a text, subtitles or annotations of the same name beside it;
    a table (``.csv``, ``.tsv``, ``.jsonl``) with columns such as ``file`` and ``text``, and ``start`` and ``end`` or
    ``duration`` in seconds for parts of long recordings; a corpus as it is shipped (LibriSpeech, Common Voice,
    LJSpeech, TED-LIUM and AMI by STM, Kaldi data folders, NeMo manifests, Hugging Face folders); a
    ``datasets.Dataset``; or pairs of a sound file and its reference, which is a text or the name of a file.

    What cannot be used is in ``left_out`` with the reason. Raises ``ParameterError``.
    """
    corpus = _read(recordings)
    if not corpus.recordings:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(corpus.left_out.items())[:3])
        raise ParameterError(
            f"{recordings!r:.80} contains no recording that can be used.", advice=reasons or "Give at least one."
        )
    return Corpus(distinct_names(corpus.recordings), corpus.left_out)


def scorable(corpus: Corpus, normalise: Normaliser, known: Callable[[Recording], bool] = lambda _: False) -> Corpus:
    """``corpus`` without recordings whose reference has no word that counts, such as "Um." or "[laughter]".

    ``known`` is true for those of which it is known that they have one. Raises ``ParameterError`` where no recording
    is left.
    """
    kept: list[Recording] = []
    without_words: dict[str, str] = {}
    for recording in corpus.recordings:
        if known(recording) or normalise(recording.text):
            kept.append(recording)
        else:
            without_words[recording.name] = f"its reference {recording.text!r:.40} has no word that counts"
    if not kept:
        raise ParameterError(
            f"No reference contains a word that counts, such as {corpus.recordings[0].text!r:.80}.",
            advice="Fillers and tags of sounds do not count in error rates.",
        )
    return Corpus(tuple(kept), {**corpus.left_out, **without_words})


def readable(corpus: Corpus, errors: Mapping[str, ScribeError]) -> Corpus:
    """``corpus`` without the recordings whose sound cannot be read: their ``errors`` are the reasons, by name.

    Raises the first of them where no recording is left.
    """
    kept = tuple(recording for recording in corpus.recordings if recording.name not in errors)
    if not kept:
        raise next(iter(errors.values()))
    reasons = {each.name: _reason(each, errors[each.name]) for each in corpus.recordings if each.name in errors}
    return Corpus(kept, {**corpus.left_out, **reasons})


def _reason(recording: Recording, error: ScribeError) -> str:
    """Without the path of the file, so that those with the same reason stand in one note."""
    path = f"{str(recording.path)!r} "
    return f"it {error.message.removeprefix(path)}" if error.message.startswith(path) else error.message


def _read(recordings: Recordings) -> Corpus:
    if isinstance(recordings, Corpus):
        return recordings
    if isinstance(recordings, str | os.PathLike) and str(recordings):
        path = Path(recordings).expanduser()
        return _read_folder(path) if os.path.isdir(path) else _read_file(path)
    if is_dataset(recordings):
        return recordings_of_dataset(recordings)
    if isinstance(recordings, Iterable) and not isinstance(recordings, Mapping | bytes | str):
        return Corpus(tuple(_of_pair(pair) for pair in recordings))
    raise _unusable(recordings)


def _read_file(path: Path) -> Corpus:
    if path.suffix.lower() == ".stm" and os.path.isfile(path):
        return shipped_corpora.stm(path.parent.parent if path.parent.name == "stm" else path.parent, [path])
    if path.name.endswith(".trans.txt") and os.path.isfile(path):
        return shipped_corpora.librispeech([path])
    if _is_ljspeech(path):
        return shipped_corpora.ljspeech(path.parent)
    if path.suffix.lower() in SOUND_SUFFIXES and os.path.isfile(path):
        raise ParameterError(
            f"{str(path)!r} is one recording without its reference.",
            advice=f'Give pairs: [({str(path)!r}, "the words that are spoken")]; or a folder, or a table.',
        )
    return recordings_of_table(path)


def _read_folder(folder: Path) -> Corpus:
    if (folder / "wav.scp").is_file() and (folder / "text").is_file():
        return shipped_corpora.kaldi(folder)
    if _is_ljspeech(folder / "metadata.csv"):
        return shipped_corpora.ljspeech(folder)
    for name in _METADATA:
        if (folder / name).is_file():
            return recordings_of_table(folder / name)
    if (folder / "clips").is_dir() and (tables := _tables(folder)):
        return _only_table(folder, tables)
    if transcripts := sorted(_visible(folder.rglob("*.trans.txt"))):
        return shipped_corpora.librispeech(transcripts)
    if (transcripts := sorted(_visible(folder.rglob("*.stm")))) and not _paired(folder):
        return shipped_corpora.stm(folder, transcripts)
    return _plain_folder(folder)


def _is_ljspeech(table: Path) -> bool:
    return (
        table.name == "metadata.csv" and table.is_file() and (table.parent / "wavs").is_dir() and not _has_names(table)
    )


def _has_names(table: Path) -> bool:
    with table.open(encoding="utf-8-sig", errors="replace") as lines:
        names = {name.strip().strip('"').lower() for name in lines.readline().replace(";", ",").split(",")}
    return bool(names & {*FILE_COLUMNS})


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in _visible(folder.iterdir()) if path.suffix.lower() in TABLE_SUFFIXES)


def _only_table(folder: Path, tables: list[Path]) -> Corpus:
    if len(tables) == 1:
        return recordings_of_table(tables[0])
    names = ", ".join(path.name for path in tables)
    raise ParameterError(
        f"The folder {str(folder)!r} has several tables: {names}.",
        advice=f"Give the path of one, such as {str(tables[0])!r}.",
    )


def _paired(folder: Path) -> bool:
    """Whether every STM file stands beside a sound file of its name that it alone speaks of."""
    return all(_sound_of(path) is not None for path in folder.glob("*.stm")) and any(folder.glob("*.stm"))


def _sound_of(text: Path) -> Path | None:
    return next((path for suffix in SOUND_SUFFIXES if (path := text.with_suffix(suffix)).is_file()), None)


def _plain_folder(folder: Path) -> Corpus:
    """Sound files with their texts beside them, in ``folder`` or, where it holds none itself, in those within it."""
    files = sorted(path for path in _visible(folder.iterdir()) if _is_file(path))
    sounds = [path for path in files if path.suffix.lower() in SOUND_SUFFIXES]
    if not sounds:
        files = sorted(path for path in folder.rglob("*") if _is_file(path) and not _hidden(path.relative_to(folder)))
        sounds = [path for path in files if path.suffix.lower() in SOUND_SUFFIXES]
    if not sounds:
        raise ParameterError(
            f"The folder {str(folder)!r} contains no sound file ({', '.join(SOUND_SUFFIXES)}).",
            advice="Check the spelling, or give a table or pairs of a sound file and its reference.",
        )
    if metadata := [path for path in files if path.name in _METADATA]:
        raise ParameterError(
            f"The folder {str(folder)!r} has several parts with tables of their own.",
            advice=f"Give the path of one, such as {str(metadata[0].parent)!r}.",
        )
    texts: dict[Path, Path] = {}
    for path in sorted(files, key=_text_rank):
        if path.suffix.lower() in _TEXT_SUFFIXES:
            texts.setdefault(path.with_suffix(""), path)
    if texts.keys().isdisjoint(path.with_suffix("") for path in sounds):
        raise ParameterError(
            f"No sound file in the folder {str(folder)!r} has a text beside it.",
            advice=f"Write the reference of {sounds[0].name!r} into {sounds[0].with_suffix('.txt').name!r}, "
            "or give pairs.",
        )
    recordings, left_out = [], {}
    names = Counter(path.name for path in sounds)
    for path in sounds:
        name, text = str(path.relative_to(folder)), texts.get(path.with_suffix(""))
        try:
            reference = "" if text is None else read_reference(text).strip()
        except ParameterError as error:
            left_out[name] = error.message
            continue
        if reference:
            recordings.append(Recording(path.name if names[path.name] == 1 else name, path, reference))
        else:
            left_out[name] = "it has no text beside it" if text is None else f"{text.name} is empty"
    return Corpus(tuple(recordings), left_out)


def _is_file(path: Path) -> bool:
    """True also for a link to a file that is not there, which is a recording that is left out."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _text_rank(path: Path) -> int:
    suffix = path.suffix.lower()
    return _TEXT_SUFFIXES.index(suffix) if suffix in _TEXT_SUFFIXES else len(_TEXT_SUFFIXES)


def _visible(paths: Iterable[Path]) -> Iterable[Path]:
    return (path for path in paths if not path.name.startswith("."))


def _of_pair(pair: object) -> Recording:
    if isinstance(pair, Recording):
        return pair
    if isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(part, str | os.PathLike) for part in pair):
        path = Path(pair[0]).expanduser()
        return Recording(path.name, path, checked_text(reference_text(pair[1]), path.name))
    raise _unusable(pair)


def _unusable(recordings: object) -> ParameterError:
    return ParameterError(
        f"{recordings!r:.80} is not a recording with a reference.",
        advice='Give a folder, a .csv table, or pairs such as ("talk.wav", "the words that are spoken").',
    )
