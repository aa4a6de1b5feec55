"""A user's own list of words and phrases that count as the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ipyscribe.errors import ParameterError

Groups: TypeAlias = tuple[tuple[str, ...], ...]


def checked_groups(equivalents: Mapping[str, str] | Iterable[Iterable[str]]) -> Groups:
    """``equivalents`` as groups of texts that are equal. Raises ``ParameterError``."""
    if isinstance(equivalents, str) or not isinstance(equivalents, Iterable):
        raise _unusable(equivalents)
    listed = equivalents.items() if isinstance(equivalents, Mapping) else equivalents
    return tuple(_group(group) for group in listed)


def read_equivalents(path: str | os.PathLike[str]) -> Groups:
    """The groups in a text file: a line for each, such as "alright = all right"; lines that begin with "#" are none.

    Raises ``ParameterError``.
    """
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(
            f"The equivalents {os.fspath(path)!r:.200} cannot be read ({reason}).",
            advice='Give a text file in UTF-8 with lines such as "alright = all right".',
        ) from None
    used = (line for line in lines if line.strip() and not line.startswith("#"))
    return checked_groups([[text.strip() for text in line.split("=")] for line in used])


def digest(groups: Groups) -> str:
    """Eight hexadecimal digits that tell one list from another, for a stamp."""
    text = json.dumps(sorted(map(list, groups)), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def replaced(units: Sequence[str], equal: Mapping[tuple[str, ...], tuple[str, ...]]) -> list[str]:
    """``units`` with every phrase of ``equal`` replaced by its equivalent, the longest phrase first."""
    longest = max(map(len, equal), default=0)
    written: list[str] = []
    at = 0
    while at < len(units):
        for length in range(min(longest, len(units) - at), 0, -1):
            phrase = tuple(units[at : at + length])
            if phrase in equal:
                written += equal[phrase]
                at += length
                break
        else:
            written.append(units[at])
            at += 1
    return written


def _group(group: object) -> tuple[str, ...]:
    if isinstance(group, str) or not isinstance(group, Iterable):
        raise _unusable(group)
    texts = tuple(group)
    if len(texts) < 2 or not all(isinstance(text, str) and text.strip() for text in texts):
        raise _unusable(group)
    return texts


def _unusable(equivalents: object) -> ParameterError:
    return ParameterError(
        f"equivalents has {equivalents!r:.80}, which is not a group of texts that are equal.",
        advice='Give groups such as [["alright", "all right"]], or a mapping such as {"alright": "all right"}.',
    )
