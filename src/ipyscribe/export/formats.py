"""The file formats by extension, and the one call that saves any of them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.export.annotations import to_eaf, to_textgrid
from ipyscribe.export.cues import CueStyle
from ipyscribe.export.exportable import Exportable
from ipyscribe.export.json_text import to_json
from ipyscribe.export.page import to_html
from ipyscribe.export.sound import to_flac, to_wav
from ipyscribe.export.subtitles import to_srt, to_vtt
from ipyscribe.export.tables import to_csv
from ipyscribe.export.text import to_markdown, to_text
from ipyscribe.tape.atomic_write import atomic_write


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: what a person calls it, its media type, and the function that makes its content."""

    extension: str
    label: str
    media_type: str
    make: Callable[..., str | bytes]
    sound: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """The names of what can be chosen."""
        found: list[str] = []
        for name, parameter in inspect.signature(self.make).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                found.append(name)
            elif parameter.kind is parameter.VAR_KEYWORD:
                found.extend(field.name for field in fields(CueStyle))
        return tuple(found)


FORMATS = {
    made.extension: made
    for made in (
        Format("txt", "Text", "text/plain", to_text),
        Format("md", "Markdown", "text/markdown", to_markdown),
        Format("html", "Interactive page", "text/html", to_html),
        Format("srt", "Subtitles (SRT)", "application/x-subrip", to_srt),
        Format("vtt", "Subtitles (WebVTT)", "text/vtt", to_vtt),
        Format("json", "JSON", "application/json", to_json),
        Format("csv", "Table (CSV)", "text/csv", to_csv),
        Format("TextGrid", "Praat TextGrid", "text/plain", to_textgrid),
        Format("eaf", "ELAN annotations", "text/xml", to_eaf),
        Format("wav", "Sound (WAV)", "audio/wav", to_wav, sound=True),
        Format("flac", "Sound (FLAC)", "audio/flac", to_flac, sound=True),
    )
}


def content(what: Exportable, extension: str, **options: Any) -> bytes:
    """What a file with that extension holds. Raises as ``save`` does."""
    found = FORMATS.get(extension) or next(
        (f for f in FORMATS.values() if f.extension.lower() == extension.lower()), None
    )
    if found is None:
        raise ParameterError(
            f"There is no export to {'.' + extension if extension else 'a file without an extension'!r}.",
            advice=f"The formats are: {', '.join(f'.{name}' for name in FORMATS)}.",
        )
    if unknown := [name for name in options if name not in found.options]:
        raise ParameterError(
            f"{unknown[0]!r} is no option of .{found.extension}.",
            advice=f"Its options are: {', '.join(found.options) or 'none'}.",
        )
    made = found.make(what, **options)
    return made.encode("utf-8", "replace") if isinstance(made, str) else made


def export_html(what: Exportable, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write the interactive page of ``to_html`` to ``path``, whatever its extension; gives the path.

    It replaces and raises as ``save`` does.
    """
    target = Path(path).expanduser()
    atomic_write(target, content(what, "html", **options))
    return target


def save(what: Exportable, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write ``what`` in the format that the extension of ``path`` names; gives the path.

    ``what`` is a transcript, or a session, widget or tape that has one; ``options`` are those of the format
    (``ipyscribe.export.to_srt`` and so on). A file of that name is replaced, as by other tools, but only by a
    whole one: what was there stays until the new file is complete. Raises ``ParameterError`` for an extension or
    option that does not exist, ``StorageError`` for a path that cannot be written, ``MissingDependencyError``
    where the format needs a package that is not there.
    """
    target = Path(path).expanduser()
    atomic_write(target, content(what, target.suffix[1:], **options))
    return target
