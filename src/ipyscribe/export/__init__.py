"""Transcripts and audio in the formats that other tools read, and as pages that need no tool at all."""

from ipyscribe.export.annotations import to_eaf, to_textgrid
from ipyscribe.export.cues import Cue, CueStyle, cues
from ipyscribe.export.formats import FORMATS, Format, MenuEntry, content, export_html, format_of, save
from ipyscribe.export.json_text import from_json, lanes_from_json, to_json
from ipyscribe.export.page import to_html
from ipyscribe.export.scoring import to_ctm, to_rttm, to_seglst, to_stm
from ipyscribe.export.sound import to_flac, to_ogg, to_wav
from ipyscribe.export.static import Frozen, freeze, static_html
from ipyscribe.export.subtitles import to_srt, to_vtt
from ipyscribe.export.tables import to_csv, to_pandas, to_polars, to_records
from ipyscribe.export.text import to_markdown, to_text

__all__ = [
    "FORMATS",
    "Cue",
    "CueStyle",
    "Format",
    "Frozen",
    "MenuEntry",
    "content",
    "cues",
    "export_html",
    "format_of",
    "freeze",
    "from_json",
    "lanes_from_json",
    "save",
    "static_html",
    "to_csv",
    "to_ctm",
    "to_eaf",
    "to_flac",
    "to_html",
    "to_json",
    "to_markdown",
    "to_ogg",
    "to_pandas",
    "to_polars",
    "to_records",
    "to_rttm",
    "to_seglst",
    "to_srt",
    "to_stm",
    "to_text",
    "to_textgrid",
    "to_vtt",
    "to_wav",
]
