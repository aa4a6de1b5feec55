"""The registry of file formats, and the one call that saves any of them.

A new format is one ``Format`` here: ``save``, ``content``, the command line's ``--output``, the save menu and the
table in docs/export.md follow from it.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from ipyscribe.errors import ParameterError
from ipyscribe.export.annotations import to_eaf, to_textgrid
from ipyscribe.export.cues import CueStyle
from ipyscribe.export.exportable import Exportable
from ipyscribe.export.json_text import to_json
from ipyscribe.export.page import to_html
from ipyscribe.export.scoring import to_ctm, to_rttm, to_seglst, to_stm
from ipyscribe.export.sound import to_flac, to_wav
from ipyscribe.export.subtitles import to_srt, to_vtt
from ipyscribe.export.tables import to_csv
from ipyscribe.export.text import to_markdown, to_text
from ipyscribe.tape.atomic_write import atomic_write

Group = Literal["To read", "Subtitles", "Data", "Annotation", "Scoring", "Sound"]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the save menu: ``label``, and the options with which the format is written for it."""

    label: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its extension, name, rank in the menu and media type, and the function that writes it.

    ``one_lane`` is true for a format that holds the transcript of one model, so that of several one must be chosen;
    ``needs_audio`` for one that needs audio that was kept. ``menu`` has its entries in the save menu where they are
    others than one by its ``label``.
    """

    extension: str
    label: str
    group: Group
    media_type: str
    write: Callable[..., str | bytes]
    one_lane: bool = False
    needs_audio: bool = False
    menu: tuple[MenuEntry, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """The names of its options, with their defaults."""
        options: dict[str, Any] = {}
        for name, parameter in inspect.signature(self.write).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY:
                options[name] = parameter.default
            elif parameter.kind is parameter.VAR_KEYWORD:
                options |= {style.name: style.default for style in fields(CueStyle)}
        return options

    @property
    def menu_entries(self) -> tuple[MenuEntry, ...]:
        """Its entries in the save menu."""
        return self.menu or (MenuEntry(self.label),)


FORMATS = {
    registered.extension: registered
    for registered in (
        Format("txt", "Text", "To read", "text/plain", to_text),
        Format("md", "Markdown", "To read", "text/markdown", to_markdown),
        Format(
            "html", "Interactive page", "To read", "text/html", to_html,
            menu=(
                MenuEntry("Interactive page (HTML)"),
                MenuEntry("Interactive page with sound (HTML)", {"sound": True}),
            ),
        ),
        Format("srt", "Subtitles (SRT)", "Subtitles", "application/x-subrip", to_srt, one_lane=True),
        Format("vtt", "Subtitles (WebVTT)", "Subtitles", "text/vtt", to_vtt, one_lane=True),
        Format(
            "csv", "Table (CSV)", "Data", "text/csv", to_csv,
            menu=(
                MenuEntry("Table of turns (CSV)", {"excel": True}),
                MenuEntry("Table of words (CSV)", {"excel": True, "rows": "words"}),
            ),
        ),
        Format("json", "JSON", "Data", "application/json", to_json),
        Format("TextGrid", "Praat TextGrid", "Annotation", "text/plain", to_textgrid),
        Format("eaf", "ELAN annotations", "Annotation", "text/xml", to_eaf),
        Format("ctm", "Words for scoring (CTM)", "Scoring", "text/plain", to_ctm, one_lane=True),
        Format("stm", "Segments for scoring (STM)", "Scoring", "text/plain", to_stm, one_lane=True),
        Format("rttm", "Speakers for scoring (RTTM)", "Scoring", "text/plain", to_rttm, one_lane=True),
        Format("seglst.json", "Segments for scoring (SegLST)", "Scoring", "application/json", to_seglst, one_lane=True),
        Format("wav", "Sound (WAV)", "Sound", "audio/wav", to_wav, needs_audio=True),
        Format("flac", "Sound (FLAC)", "Sound", "audio/flac", to_flac, needs_audio=True),
    )
}  # fmt: skip


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format that the extension of ``path`` names, in capitals or not. Raises ``ParameterError`` for others."""
    name = os.fspath(path)
    for extension in sorted(FORMATS, key=len, reverse=True):  # ".seglst.json" before ".json"
        if name.lower().endswith(f".{extension.lower()}"):
            return FORMATS[extension]
    suffix = Path(name).suffix
    raise ParameterError(
        f"There is no export to {suffix or 'a file without an extension'!r}.",
        advice=f"The formats are: {', '.join(f'.{extension}' for extension in FORMATS)}.",
    )


def content(exportable: Exportable, extension: str, **options: Any) -> bytes:
    """The bytes of a file with that extension. Raises as ``save`` does."""
    chosen = format_of(f"file.{extension}" if extension else "file")
    supported = chosen.options
    if unknown := [name for name in options if name not in supported]:
        raise ParameterError(
            f"{unknown[0]!r} is not an option of .{chosen.extension}.",
            advice=f"Its options are: {', '.join(supported) or 'none'}.",
        )
    written = chosen.write(exportable, **options)
    return written.encode("utf-8", "replace") if isinstance(written, str) else written


def export_html(exportable: Exportable, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write the interactive page of ``to_html`` to ``path``, whatever its extension; gives the path.

    It replaces and raises as ``save`` does.
    """
    target = Path(path).expanduser()
    atomic_write(target, content(exportable, "html", **options))
    return target


def save(exportable: Exportable, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write ``exportable`` in the format that the extension of ``path`` names; gives the path.

    ``exportable`` is a transcript, something that has one (a session, a widget, a tape) or the path of a tape;
    ``options`` are those of the format (``ipyscribe.export.to_srt`` and so on). A file of that name is replaced, as
    by other tools, but only by a complete one: the old file stays until the new one is written. Raises
    ``ParameterError`` for an extension or option that does not exist, ``StorageError`` for a path that cannot be
    written, ``MissingDependencyError`` where the format needs a package that is not installed.
    """
    target = Path(path).expanduser()
    atomic_write(target, content(exportable, format_of(target).extension, **options))
    return target
