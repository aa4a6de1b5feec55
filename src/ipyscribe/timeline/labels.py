"""Text for a picture: which characters the fonts can draw, how wide it is, where it can be cut.

Widths are sums of advances that are looked up once for each character, so that a label that does not fit
costs no rendering.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.textpath import TextToPath

PX_TO_PT = 0.75
ELLIPSIS = "\u2026"
UNDRAWABLE = "\u25a1"
NO_FONT = f"{UNDRAWABLE}: font missing"

_LONGEST = 400
_LOOSE_ENDS = " .,;:!?\u2013\u2014\u3001\u3002\u060c"
_CLOSING = ".,;:!?%)]}\u2026\u00bb\u201d\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f"
"""No line begins with these. Matplotlib 3.11.2 would draw two lines of text lower where the second is but a comma."""
_FAMILY = "DejaVu Sans"
_SCRIPTS = (
    "\u4e00\u3042\ud55c\u0939\u0995\u0ba4\u0c24\u0c95\u0d2e\u0a97"
    "\u0a2a\u0b13\u0d85\u0e01\u0e81\u1780\u1019\u1230\u10d0\u0561"
)
"""A letter of each writing system that a family is looked for: Han, kana, Hangul, those of India and others."""
_BOXES = "Last Resort"  # a font of boxes, one for each writing system
_MOST_FONTS = 2_000
_found: list[str] = []
_searched = threading.Lock()


def families() -> tuple[str, ...]:
    """The font that matplotlib brings, then those of this computer that were found to add writing systems to it."""
    return (_FAMILY, *_found)


def font(size_px: float) -> FontProperties:
    """The timeline's font at ``size_px`` CSS pixels. Shared: do not change it."""
    return _font(size_px, families())


@cache
def _font(size_px: float, names: tuple[str, ...]) -> FontProperties:
    return FontProperties(family=list(names), size=size_px * PX_TO_PT)


@cache
def _search() -> None:
    """Find a family for each writing system: once, when a text has a letter that matplotlib's own font lacks."""
    missing = {ord(letter) for letter in _SCRIPTS} - _letters_of(_FAMILY)
    plainest_first = sorted(fontManager.ttflist, key=lambda entry: ("Sans" not in entry.name, entry.style, entry.name))
    for entry in plainest_first[:_MOST_FONTS]:
        if not missing:
            break
        if entry.style != "normal" or entry.name in families() or entry.name.startswith(_BOXES):
            continue
        try:
            covered = missing & get_font(entry.fname).get_charmap().keys()
        except (OSError, RuntimeError):  # a file of fonts that FreeType cannot read
            continue
        if covered:
            missing -= covered
            _found.append(entry.name)


def drawable(text: str) -> str:
    """``text`` on one line, with a box for characters that no font has, without control and format characters."""
    return "".join(map(_drawn, " ".join(text[:_LONGEST].split()))).strip()


def lacks_font(text: str) -> bool:
    """True where a character of ``text`` is drawn as a box."""
    return any(_drawn(letter) == UNDRAWABLE != letter for letter in text[:_LONGEST])


def one_line(text: str) -> str:
    """The beginning of ``text`` on one line, for a page, whose browser has fonts of its own."""
    return " ".join(text[:_LONGEST].split())


def width_px(text: str, size_px: float) -> float:
    """About how wide the drawable ``text`` is, in CSS pixels."""
    return sum(_advance(letter, size_px) for letter in text)


def fit(text: str, size_px: float, room_px: float, *, most_lines: int = 2) -> str:
    """The drawable ``text`` on up to ``most_lines`` lines of ``room_px``, else its first words and an ellipsis.

    Nothing where not even the first word has room.
    """
    lines: list[str] = [""]
    rest = ""
    for part in _breakable_parts(text):
        if width_px((lines[-1] + part).rstrip(), size_px) <= room_px:
            lines[-1] += part
        elif lines[-1] and len(lines) < most_lines and width_px(part.strip(), size_px) <= room_px:
            lines.append(part)
        else:
            rest = part
            break
    kept = [line.strip() for line in lines]
    return "\n".join(_with_ellipsis(kept, size_px, room_px) if rest else kept)


def cut_anywhere(text: str, size_px: float, room_px: float) -> str:
    """``text`` cut between any two letters to fit into ``room_px``: for names, which have no words."""
    if width_px(text, size_px) <= room_px:
        return text
    while text and width_px(text + ELLIPSIS, size_px) > room_px:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if text.strip() else ""


def _with_ellipsis(lines: list[str], size_px: float, room_px: float) -> list[str]:
    """The lines with an ellipsis after the last word that leaves room for it."""
    while lines:
        parts = _breakable_parts(lines[-1])
        while parts:
            last = "".join(parts).rstrip(_LOOSE_ENDS)
            if last and width_px(last + ELLIPSIS, size_px) <= room_px:
                return [*lines[:-1], last + ELLIPSIS]
            parts.pop()
        lines = lines[:-1]
    return []


def _breakable_parts(text: str) -> list[str]:
    """The parts of ``text`` between which a line may end; a space belongs to the part before it."""
    parts: list[str] = []
    for before, letter in zip(" " + text, text, strict=False):
        if parts and not _may_break(before, letter):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


@cache
def _drawn(letter: str) -> str:
    if letter == " " or _can_be_drawn(letter):
        return "" if unicodedata.category(letter)[0] == "C" else letter
    return "" if unicodedata.category(letter)[0] in "CM" else UNDRAWABLE


def _can_be_drawn(letter: str) -> bool:
    if ord(letter) in _letters_of(_FAMILY):
        return True
    with _searched:
        _search()
    return any(ord(letter) in _letters_of(family) for family in _found)


@cache
def _letters_of(family: str) -> frozenset[int]:
    return frozenset(get_font(fontManager.findfont(FontProperties(family=[family]))).get_charmap())


@cache
def _advance(letter: str, size_px: float) -> float:
    """The width of ``letter`` with its side bearings: the greater of its outline's and its pixels' at 96 dpi.

    About that of a letter that no font here has, which a page may have.
    """
    if letter != " " and not _can_be_drawn(letter):
        return 0.0 if unicodedata.category(letter)[0] in "CM" else size_px * (1.0 if _has_no_spaces(letter) else 0.65)
    renderer: Any = RendererAgg
    outlined, drawn = TextToPath().get_text_width_height_descent, renderer(1, 1, 96).get_text_width_height_descent
    wide, bare = f"|{letter * 4}|", "||"
    in_pt = outlined(wide, font(size_px), ismath=False)[0] - outlined(bare, font(size_px), ismath=False)[0]
    in_px = drawn(wide, font(size_px), ismath=False)[0] - drawn(bare, font(size_px), ismath=False)[0]
    return float(max(in_pt / PX_TO_PT, in_px)) / 4


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _CLOSING:
        return False
    return before == " " or _has_no_spaces(before) or _has_no_spaces(after)


@cache
def _has_no_spaces(letter: str) -> bool:
    """True for the scripts that write words without spaces between them."""
    return unicodedata.east_asian_width(letter) in "WF"
