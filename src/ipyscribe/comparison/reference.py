"""What was really said: a whole text, or stretches that a person has listened to and typed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ipyscribe.errors import ParameterError
from ipyscribe.metrics import Errors, Normaliser, word_errors
from ipyscribe.transcript import Transcript

_MOST_BYTES = 2**24


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was said between two moments of the audio clock, in ms."""

    start_ms: float
    end_ms: float
    text: str

    def overlaps(self, other: Stretch) -> bool:
        """Whether the two have sound in common."""
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms


def stretch(start_ms: float, end_ms: float, text: str) -> Stretch:
    """A stretch, checked. Raises ``ParameterError``."""
    times = (start_ms, end_ms)
    numbers = all(isinstance(time, int | float) and not isinstance(time, bool) for time in times)
    if not numbers or not 0 <= start_ms < end_ms < float("inf"):
        raise ParameterError(
            f"{start_ms!r} to {end_ms!r} ms is no stretch of sound.", advice="Give its start and end in ms."
        )
    if not isinstance(text, str):
        raise ParameterError(f"text={text!r:.80} is no text.", advice="Give what was said.")
    return Stretch(float(start_ms), float(end_ms), " ".join(text.split()))


def heard_between(transcript: Transcript, stretch: Stretch) -> str:
    """The words whose middle lies within ``stretch``."""
    words = (word for turn in transcript.turns if turn.is_speech for word in turn.words)
    return " ".join(
        word.text for word in words if stretch.start_ms <= (word.start_ms + word.end_ms) / 2 < stretch.end_ms
    )


def errors_of_stretches(transcript: Transcript, stretches: Iterable[Stretch], by: Normaliser) -> list[Errors]:
    """Word errors of ``transcript`` in each stretch in which something was said."""
    return [word_errors(each.text, heard_between(transcript, each), by) for each in stretches if by(each.text)]


def reference_text(reference: str | os.PathLike[str] | None) -> str | None:
    """The reference as text: as it is, or read from the file that it names.

    One line with an ending such as ``.txt`` and without a space is the name of a file. Raises ``ParameterError``.
    """
    if reference is None:
        return None
    if isinstance(reference, str) and not _is_name(reference):
        return reference
    if not isinstance(reference, str | os.PathLike):
        raise ParameterError(
            f"reference={reference!r:.80} is neither a text nor a file.", advice="Give what was said, or a Path."
        )
    path = Path(reference).expanduser()
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ParameterError(f"The reference {path.name!r} is larger than 16 MB.", advice="Give a text file.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ParameterError(
            f"The reference {str(path)!r:.200} cannot be read ({error.strerror or error}).",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from None
    except UnicodeDecodeError:
        raise ParameterError(
            f"The reference {path.name!r} is no text in UTF-8.", advice="Save it as plain text in UTF-8."
        ) from None


def _is_name(text: str) -> bool:
    return not any(letter.isspace() for letter in text) and Path(text).suffix not in ("", ".")
