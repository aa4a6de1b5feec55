"""Timed text from the formats of subtitles, annotations and scoring: SRT, WebVTT, TextGrid, EAF, CTM, STM."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ipyscribe.errors import MissingDependencyError, ParameterError
from ipyscribe.export.line_breaks import WORD_JOINER, lines_joined
from ipyscribe.export.speaker_labels import split_label
from ipyscribe.transcript.scripts import joined_words

_SRT_MARKUP = re.compile(r"</?(?:b|i|u|s|font|ruby|rt)(?:\s[^>]*)?>|\{\\(?!\u2060)[^}]*\}", re.IGNORECASE)
_VTT_TAG = re.compile(r"<[^>]*>")
_FINE_TIERS = re.compile(r"(?:^|\W)(?:words?|phones?|phonemes?|syllables?|tokens?)$", re.IGNORECASE)
_SPHERE_LABEL = re.compile(r"^<[^>\s]*>\s*")
_IGNORED_SEGMENT = "ignore_time_segment_in_scoring"
_PAUSE_MS = 500
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class TimedText:
    """A piece of text with its time range in ms, and its speaker and recording in the file."""

    start_ms: float
    end_ms: float
    text: str
    speaker: str = ""
    recording: str = ""
    """The name of the recording, where one file has several (CTM, STM)."""
    goes_on: bool = False
    """The speaker's next piece continues it, whoever speaks in between."""


def read_timed_text(path: Path) -> list[TimedText]:
    """The timed text of a file, in order of time. Raises ``ParameterError``, ``MissingDependencyError``."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise ParameterError(
            f"{path.name!r} has no timed text that can be read.", advice=f"The formats are: {', '.join(READERS)}."
        )
    try:
        pieces = list(read(path))
    except MissingDependencyError:
        raise
    except OSError as error:
        raise ParameterError(
            f"{str(path)!r:.200} cannot be read ({error.strerror or error}).", advice="Check the spelling."
        ) from None
    except Exception as error:  # the readers of other packages raise any exception on malformed files
        raise ParameterError(
            f"{path.name!r} cannot be read as {path.suffix} ({type(error).__name__}: {error}).",
            advice="Open it in the program that wrote it, and save it again.",
        ) from error
    return _in_order([piece for piece in pieces if piece.text])


def decoded(content: bytes) -> str:
    """Text in UTF-8, or in UTF-16 as Windows calls "Unicode". Raises ``UnicodeDecodeError``."""
    text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_order(pieces: Iterable[TimedText]) -> list[TimedText]:
    """``pieces`` by their start; those that go on, while another speaks too, together with what follows them."""
    groups: list[list[TimedText]] = []
    latest: dict[str, list[TimedText]] = {}
    for piece in sorted(pieces, key=lambda piece: piece.start_ms):
        group = latest.get(piece.speaker)
        if group is not None and group[-1].goes_on:
            group.append(piece)
        else:
            latest[piece.speaker] = [piece]
            groups.append(latest[piece.speaker])
    return [piece for group in groups for piece in group]


def _subtitles(path: Path) -> Iterator[TimedText]:
    # Not pysubs2: it takes WebVTT's STYLE and NOTE blocks for speech.
    try:
        import webvtt
    except ImportError:
        raise MissingDependencyError("webvtt-py", purpose="Reading subtitles", extra="corpora") from None
    srt = path.suffix.lower() == ".srt"
    captions: Any = webvtt.from_srt(str(path)) if srt else webvtt.read(str(path))
    cues = list(captions)
    has_voices = any(cue.voice for cue in cues)
    speaker = ""
    for cue in cues:
        text = _SRT_MARKUP.sub("", cue.raw_text) if srt else html.unescape(_VTT_TAG.sub("", cue.raw_text))
        words = lines_joined(text.splitlines()).replace(WORD_JOINER, "")
        label = ""
        if not has_voices:
            label, words = split_label(words)
        speaker = cue.voice or label or speaker
        goes_on = bool(speaker) and text.rstrip().endswith(WORD_JOINER)
        start_ms, end_ms = 1000 * cue.start_in_seconds, 1000 * cue.end_in_seconds
        yield TimedText(start_ms, end_ms, words.strip(), speaker, goes_on=goes_on)


def _textgrid(path: Path) -> Iterator[TimedText]:
    try:
        from praatio.utilities.textgrid_io import parseTextgridStr
    except ImportError:
        raise MissingDependencyError("praatio", purpose="Reading TextGrids", extra="corpora") from None
    # praatio 6.2.2 drops the last interval of a short TextGrid that does not end with a newline, as tgt's do not.
    grid = parseTextgridStr(decoded(path.read_bytes()) + "\n")
    tiers = [tier for tier in grid["tiers"] if tier["class"] == "IntervalTier"]
    names = set(_coarse_tiers(tier["name"] for tier in tiers))
    for tier in tiers:
        if tier["name"] in names:
            for start_s, end_s, text in tier["entries"]:
                yield TimedText(1000 * float(start_s), 1000 * float(end_s), text.strip(), _speaker_of(tier["name"]))


def _eaf(path: Path) -> Iterator[TimedText]:
    try:
        from pympi.Elan import Eaf
    except ImportError:
        raise MissingDependencyError("pympi-ling", purpose="Reading ELAN files", extra="corpora") from None
    document = Eaf(str(path))
    names = list(document.get_tier_names())
    independent = [name for name in names if "PARENT_REF" not in document.get_parameters_for_tier(name)]
    for name in _coarse_tiers(independent or names):
        for annotation in document.get_annotation_data_for_tier(name):
            start_ms, end_ms, text = annotation[:3]
            yield TimedText(float(start_ms), float(end_ms), (text or "").strip(), _speaker_of(name))


def _coarse_tiers(names: Iterable[str]) -> list[str]:
    """The tiers of utterances: those of words or phones hold the same speech again."""
    every = list(names)
    return [name for name in every if not _FINE_TIERS.search(name)] or [
        name for name in every if re.search(r"words?$", name, re.IGNORECASE)
    ]


def _speaker_of(tier: str) -> str:
    return re.sub(r"\s*\bturns$", "", tier)


def _ctm(path: Path) -> Iterator[TimedText]:
    """NIST's time-marked words: recording, channel, start, duration, word; of alternatives the first.

    The words of a channel up to a pause are one piece, as are those of each of two people who speak at once.
    """
    pieces: dict[tuple[str, str], list[TimedText]] = {}
    for word in _ctm_words(path):
        words = pieces.setdefault((word.recording, word.speaker), [])
        if words and not words[-1].start_ms <= word.start_ms < words[-1].end_ms + _PAUSE_MS:
            yield _joined(words)
            words.clear()
        words.append(word)
    yield from map(_joined, pieces.values())


def _joined(words: Sequence[TimedText]) -> TimedText:
    return replace(words[0], end_ms=words[-1].end_ms, text=joined_words(word.text for word in words), speaker="")


def _ctm_words(path: Path) -> Iterator[TimedText]:
    """The words of a CTM, their channel in place of a speaker."""
    skipping = False
    for fields in _nist_lines(path):
        word = fields[4] if len(fields) > 4 else ""
        if word in ("<ALT_BEGIN>", "<ALT>", "<ALT_END>"):
            skipping = word == "<ALT>"
        elif not skipping and word != "@":
            start_ms, duration_ms = 1000 * float(fields[2]), 1000 * float(fields[3])
            yield TimedText(start_ms, start_ms + duration_ms, word, fields[1], fields[0])


def read_stm(path: Path) -> Iterator[TimedText]:
    """NIST's segments: recording, channel, speaker, start, end, label, text, as sclite reads them.

    Labels and segments that are not scored are left out; alternatives ("{ a / b / @ }") and optional words
    ("(uh)") are kept as they are written, see ``alternatives.best_reference``.
    """
    for fields in _nist_lines(path):
        start_s, end_s = float(fields[3]), float(fields[4])
        text = _SPHERE_LABEL.sub("", " ".join(fields[5:]))
        if _IGNORED_SEGMENT not in text.lower():
            yield TimedText(1000 * start_s, 1000 * end_s, text, fields[2], fields[0])


def _stm(path: Path) -> Iterator[TimedText]:
    return read_stm(path)


def _nist_lines(path: Path) -> Iterator[list[str]]:
    for number, line in enumerate(decoded(path.read_bytes()).split("\n"), start=1):
        fields = line.split()
        if not fields or line.lstrip().startswith(";;"):
            continue
        if len(fields) < 5:
            raise ValueError(f"line {number} has {len(fields)} fields, too few")
        yield fields


READERS: dict[str, Callable[[Path], Iterable[TimedText]]] = {
    ".srt": _subtitles,
    ".vtt": _subtitles,
    ".textgrid": _textgrid,
    ".eaf": _eaf,
    ".ctm": _ctm,
    ".stm": _stm,
}
