"""A reference out of a file: plain text, or any format in which transcripts are exported."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ipyscribe.comparison.alternatives import first_choices
from ipyscribe.comparison.timed_text import READERS, decoded, read_timed_text
from ipyscribe.errors import ParameterError
from ipyscribe.export import from_json
from ipyscribe.export.speaker_labels import without_labels

_MAX_BYTES = 2**24
_PLAIN = (".txt", ".text", ".lab", ".ref", "")
_MARKDOWN_LABEL = re.compile(r"^\*\*[\d:.]+(?: · .*?(?<!\\))?\*\*\s+|^\*\*.{1,60}?(?<!\\)\*\*\s+")
_MARKDOWN_ESCAPE = re.compile(r"\\([^\w\s])")
_TRN_NAME = re.compile(r"\s*\([^()\s]+\)\s*$", re.MULTILINE)
_CLOCK = r"\d+:\d\d(?::\d\d)?(?:  |\t)"
_TEXT_TIMES = re.compile(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d  (?:{_CLOCK})?|{_CLOCK}")
_CSV_APOSTROPHE = re.compile(r"^'(?=[=+@-])")
_SEVERAL = "it holds the transcripts of several models"


def read_reference(path: Path) -> str:
    """The text of a reference file, one utterance a line, by the ending of its name. Raises ``ParameterError``.

    Of alternatives that an STM has it is the first.
    """
    text = read_marked_reference(path)
    return first_choices(text) if has_alternatives(path) else text


def has_alternatives(path: Path) -> bool:
    """Whether a file of that name may hold alternatives and optional words as NIST writes them."""
    return path.suffix.lower() == ".stm"


def read_marked_reference(path: Path) -> str:
    """As ``read_reference``, with the alternatives and optional words that an STM has as they are written."""
    suffix = path.suffix.lower()
    if suffix in READERS:
        return (" " if suffix == ".ctm" else "\n").join(piece.text for piece in read_timed_text(path))
    read = _READERS.get(suffix)
    if read is None and path.is_file():
        reason = "holds times and speakers, but no words" if suffix == ".rttm" else "cannot be read as a reference"
        raise ParameterError(
            f"The reference {path.name!r} is a {suffix} file, which {reason}.",
            advice=f"Give plain text, or one of {', '.join(filter(None, (*_READERS, *READERS)))}.",
        )
    text = _content(path)
    try:
        return (read or _plain)(text)
    except ValueError as error:
        reason = error.message if isinstance(error, ParameterError) else str(error)
        raise ParameterError(
            f"The reference {path.name!r} cannot be read as {suffix}: {reason}.",
            advice="Give plain text, or a transcript of one model as ipyscribe.export writes it.",
        ) from None


def is_reference_name(text: str) -> bool:
    """Whether ``text`` is the name of a file, not a reference: the file exists, or the extension is a known one."""
    if not text.strip() or "\n" in text or len(text) > 4096:
        return False
    suffix = Path(text).suffix.lower()
    if suffix in _NAMED and not any(letter.isspace() for letter in text):
        return True
    try:
        return Path(text).expanduser().is_file()
    except (OSError, ValueError):
        return False


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ParameterError(f"The reference {path.name!r} is larger than 16 MB.", advice="Give a text file.")
        return decoded(path.read_bytes())
    except OSError as error:
        raise ParameterError(
            f"The reference {str(path)!r:.200} cannot be read ({error.strerror or error}).",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from None
    except UnicodeDecodeError:
        raise ParameterError(
            f"The reference {path.name!r} is not text in UTF-8.", advice="Save it as plain text in UTF-8."
        ) from None


def _plain(text: str) -> str:
    """Lines of text without the columns of times and the speakers' labels before them."""
    lines = [line for line in text.splitlines() if line.strip()]
    headings = [line for line in lines if re.fullmatch(r"\S.*:", line)]
    if len(headings) > 1 and lines[0] in headings and len(set(headings)) == len(headings):
        raise ValueError(_SEVERAL)
    if all(map(_TEXT_TIMES.match, lines)):
        lines = [_TEXT_TIMES.sub("", line) for line in lines]
    return "\n".join(without_labels(lines))


def _markdown(text: str) -> str:
    if sum(line.startswith("## ") for line in text.splitlines()) > 1:
        raise ValueError(_SEVERAL)
    paragraphs = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return "\n".join(_MARKDOWN_ESCAPE.sub(r"\1", _MARKDOWN_LABEL.sub("", line)) for line in paragraphs)


def _csv(text: str) -> str:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = rows.fieldnames or []
    if "text" not in columns:
        raise ValueError(f"it has no column 'text'; it has {', '.join(columns)}")
    if "model" in columns:
        raise ValueError(_SEVERAL)
    texts = [_CSV_APOSTROPHE.sub("", row["text"] or "") for row in rows]
    return (" " if "word_is_final" in columns else "\n").join(texts)


def _json(text: str) -> str:
    document: Any = json.loads(text)
    if isinstance(document, dict) and "lanes" in document:
        raise ValueError(_SEVERAL)
    if isinstance(document, dict) and document.get("format"):
        return "\n".join(turn.text for turn in from_json(text).turns)
    if isinstance(document, dict) and isinstance(document.get("text"), str):
        return str(document["text"])
    if isinstance(document, list) and document and all(_is_segment(each) for each in document):  # SegLST
        ordered = sorted(document, key=lambda segment: float(segment.get("start_time") or 0))
        return "\n".join(segment["words"] for segment in ordered)
    raise ValueError("it holds neither a transcript nor a text")


def _is_segment(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("words"), str)


class _PageReader(HTMLParser):
    """The words of a page that ``export_html`` or ``freeze`` wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.lists = 0
        self.ours = self.several = False
        self._inside: str | None = None
        self._speaker = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where words are."""
        attributes = dict(attrs)
        self.several = (
            self.several or attributes.get("aria-label") == "Comparison" or attributes.get("class") == "several"
        )
        self.ours = self.ours or attributes.get("id") == "turns" or attributes.get("aria-label") == "Transcript"
        words = (tag == "span" and attributes.get("class") == "words") or (
            tag == "td" and attributes.get("dir") == "auto"
        )
        if words and self._inside is None:
            self._inside = tag
            self.lines.append("")
        elif self._inside is not None and tag in ("b", "span"):
            self._speaker = True

    def handle_endtag(self, tag: str) -> None:
        """End a line, or a speaker label within it."""
        if self._speaker and tag in ("b", "span"):
            self._speaker = False
        elif tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Take the words."""
        if self._inside is not None and not self._speaker:
            self.lines[-1] += data


def _html(text: str) -> str:
    page = _PageReader()
    page.feed(text)
    if page.several:
        raise ValueError(_SEVERAL)
    if not page.ours:
        raise ValueError("it is not a page that ipyscribe wrote")
    return "\n".join(line.strip() for line in page.lines)


def _readers() -> Iterable[tuple[str, Callable[[str], str]]]:
    yield from ((suffix, _plain) for suffix in _PLAIN)
    yield ".trn", lambda text: _plain(_TRN_NAME.sub("", text))  # sclite's, with the utterance's name at the end
    yield from ((".md", _markdown), (".csv", _csv), (".json", _json), (".html", _html), (".htm", _html))


_READERS = dict(_readers())
_NAMED = frozenset(
    {suffix for suffix in (*_READERS, *READERS) if suffix}
    | {".docx", ".doc", ".rtf", ".pdf", ".odt", ".xml", ".tsv", ".jsonl", ".xlsx", ".ass", ".ssa", ".sbv", ".lrc"}
)
