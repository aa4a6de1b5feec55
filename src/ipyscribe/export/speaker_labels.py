"""A speaker's label before a text, as plain text and SRT have it, and the text without it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NO_BREAK = "\u00a0"
_DIARISED_NAME = r"(?:[A-Z]|(?:speaker|SPEAKER|Speaker)[ _]?\w{1,3}|UNKNOWN)"
_DIARISED = re.compile(rf"({_DIARISED_NAME})\s?:\s+(?=\S)")
_MARKED = re.compile(rf"([^\n{_NO_BREAK}]+):{_NO_BREAK}")
_NAME = re.compile(r"([^\W\d_][\w.'\u2019-]*(?: [\w.'\u2019-]+){0,3})\s?:\s+(?=\S)")


def labelled(speaker: str) -> str:
    """``speaker`` as it stands before a text: "A: ".

    After a name that is not one of a diarisation ("A", "Speaker 1") the space is a no-break space, which no text
    has: so the label can be told from the words when the file is read again.
    """
    return f"{speaker}: " if re.fullmatch(_DIARISED_NAME, speaker) else f"{speaker}:{_NO_BREAK}"


def split_label(text: str) -> tuple[str, str]:
    """The speaker that a label before ``text`` names, "" without one, and the text without it."""
    match = _MARKED.match(text) or _DIARISED.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def without_labels(lines: Sequence[str]) -> list[str]:
    """``lines`` without the speakers' labels before them.

    A name is a label where each of several lines begins with one and some speak more than once.
    """
    names = [_NAME.match(line) for line in lines]
    speakers = {match[1] for match in names if match and not match[1][0].islower()}
    if all(names) and 0 < len(speakers) < len(lines) and len({match[1] for match in names if match}) == len(speakers):
        return [line[match.end() :] for line, match in zip(lines, names, strict=True) if match]
    return [split_label(line)[1] for line in lines]
