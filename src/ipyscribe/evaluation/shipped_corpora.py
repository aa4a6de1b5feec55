"""Corpora as they are shipped: LibriSpeech, LJSpeech, Kaldi data folders, STM (TED-LIUM, AMI)."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from ipyscribe.comparison.timed_text import read_stm
from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.recording import Column, Corpus, Recording, checked_text

_KALDI_NAMES = {"spk": "speaker", "dur": "duration", "lang": "language"}
SOUND_SUFFIXES = (
    ".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".aifc", ".au", ".caf", ".sph", ".w64", ".rf64",
    ".m4a", ".mp4", ".aac", ".webm", ".mka", ".wma", ".amr",
)  # fmt: skip


def librispeech(transcripts: list[Path]) -> Corpus:
    """Utterances beside their ``.trans.txt``, with speaker and chapter. Raises ``ParameterError``."""
    recordings, left_out = [], {}
    for transcript in transcripts:
        for number, line in enumerate(_lines(transcript), start=1):
            utterance, _, text = line.partition(" ")
            sound = _beside(transcript.parent, utterance)
            if sound is None:
                left_out[utterance] = f"line {number} of {transcript.name} names it, and there is no such sound file"
                continue
            speaker, _, chapter = utterance.partition("-")
            columns = {"speaker": speaker, "chapter": chapter.partition("-")[0]}
            recordings.append(Recording(sound.name, sound, checked_text(text, sound.name), columns=columns))
    return Corpus(tuple(recordings), left_out)


def ljspeech(folder: Path) -> Corpus:
    """``metadata.csv``: id, text as written, text with numbers spelled out; the sound in ``wavs/``."""
    recordings, left_out = [], {}
    for line in _lines(folder / "metadata.csv"):
        name, _, texts = line.partition("|")
        text, _, spelled_out = texts.partition("|")
        sound = _beside(folder / "wavs", name)
        if sound is None:
            left_out[name] = "metadata.csv names it, and there is no such sound file in wavs/"
        else:
            recordings.append(Recording(sound.name, sound, checked_text(spelled_out or text, name)))
    return Corpus(tuple(recordings), left_out)


def kaldi(folder: Path) -> Corpus:
    """``wav.scp``, ``text``, and where they are ``segments`` and the tables of utterances and speakers.

    Raises ``ParameterError``.
    """
    sounds = {name: _kaldi_sound(folder, rest) for name, rest in _table(folder / "wav.scp").items()}
    columns = _kaldi_columns(folder)
    segments = _table(folder / "segments")
    recordings, left_out = [], {}
    for utterance, text in _table(folder / "text").items():
        start_s, end_s, recording = 0.0, None, utterance
        if segments:
            if utterance not in segments:
                left_out[utterance] = "it is not in segments"
                continue
            recording, start_s, end_s = _kaldi_segment(folder, utterance, segments[utterance])
        sound = sounds.get(recording)
        if sound is None:
            left_out[utterance] = f"wav.scp names no file of {recording} that is there"
        elif not text:
            left_out[utterance] = "its text is empty"
        else:
            recordings.append(Recording(utterance, sound, text, start_s, end_s, columns.get(utterance, {})))
    return Corpus(tuple(recordings), left_out)


def _kaldi_columns(folder: Path) -> dict[str, dict[str, Column]]:
    """What ``utt2spk``, ``utt2dur``, ``spk2gender`` and the like say of each utterance."""
    columns: dict[str, dict[str, Column]] = {}
    speaker_of = _table(folder / "utt2spk")
    for path in sorted(folder.glob("utt2*")):
        name = path.name.removeprefix("utt2")
        name = _KALDI_NAMES.get(name, name)
        for utterance, value in _table(path).items():
            columns.setdefault(utterance, {})[name] = value
    for path in sorted(folder.glob("spk2*")):
        values = {} if path.name == "spk2utt" else _table(path)
        for utterance, speaker in speaker_of.items():
            if speaker in values:
                columns[utterance][path.name.removeprefix("spk2")] = values[speaker]
    return columns


def stm(folder: Path, transcripts: list[Path]) -> Corpus:
    """A recording for each scored segment of the ``.stm`` files, as sclite reads them. Raises ``ParameterError``."""
    sounds = {
        path.stem.lower(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SOUND_SUFFIXES and not path.name.startswith(".")
    }
    recordings, left_out = [], {}
    for transcript in transcripts:
        try:
            pieces = list(read_stm(transcript))
        except (ValueError, OSError) as error:
            raise ParameterError(f"{transcript.name!r} cannot be read as STM ({error}).") from None
        for piece in pieces:
            sound = _sound_of(piece.recording, sounds) or sounds.get(transcript.stem.lower())
            if sound is None:
                left_out[piece.recording] = f"{transcript.name} names it, and there is no such sound file"
            elif piece.text:
                name = f"{piece.recording}-{piece.start_ms / 1000:.2f}"
                columns = {"speaker": piece.speaker}
                start_s, end_s = piece.start_ms / 1000, piece.end_ms / 1000
                recordings.append(Recording(name, sound, piece.text, start_s, end_s, columns, alternatives=True))
    return Corpus(tuple(recordings), left_out)


def _sound_of(recording: str, sounds: Mapping[str, Path]) -> Path | None:
    """The sound of a recording of an STM; AMI's meeting ES2002a is in ES2002a.Mix-Headset.wav and in others."""
    name = recording.lower()
    parts = sorted((stem for stem in sounds if stem.startswith(f"{name}.")), key=lambda stem: "mix" not in stem)
    return sounds.get(name) or next((sounds[stem] for stem in parts), None)


def _kaldi_sound(folder: Path, entry: str) -> Path | None:
    """The file of an entry of wav.scp; of a command with pipes the one file that it reads."""
    try:
        words = [entry] if not entry.endswith("|") else shlex.split(entry.rstrip("| "))
    except ValueError:  # a quote that is not closed
        return None
    folders = (folder, Path(), *folder.resolve().parents[:2])  # a recipe runs above data/test
    paths = [path for word in words for path in (above / word for above in folders) if word and os.path.isfile(path)]
    readable = [path for path in paths if path.suffix.lower() in SOUND_SUFFIXES]
    return readable[0] if readable else None


def _kaldi_segment(folder: Path, utterance: str, entry: str) -> tuple[str, float, float | None]:
    try:
        recording, start, end = entry.split()
        return recording, float(start), float(end) if float(end) >= 0 else None  # -1 is the end of the recording
    except ValueError:
        raise ParameterError(
            f"{entry!r:.80} is not a segment of {utterance!r} in {str(folder / 'segments')!r}.",
            advice="Expected: utterance recording start end.",
        ) from None


def _table(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.partition(" ")[::2] for line in (each.replace("\t", " ") for each in _lines(path)))
    return {name: rest.strip() for name, rest in pairs}


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{str(path)!r} cannot be read ({error}).", advice="Expected text in UTF-8.") from None
    return (line.strip() for line in text.split("\n") if line.strip())


def _beside(folder: Path, stem: str) -> Path | None:
    return next((path for suffix in SOUND_SUFFIXES if os.path.isfile(path := folder / f"{stem}{suffix}")), None)
