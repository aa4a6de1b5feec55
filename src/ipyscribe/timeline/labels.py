"""Letters for a picture: what the fonts can draw, how wide it is, where to cut it.

Widths are sums of advances that are looked up once for each character, so that a label that does not fit
costs no rendering.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.textpath import TextToPath

PX_TO_PT = 0.75
ELLIPSIS = "\u2026"
UNDRAWABLE = "\u25a1"

_LONGEST = 400
_LOOSE_ENDS = " .,;:!?\u2013\u2014\u3001\u3002\u060c"
_OTHER_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Yu Gothic",
    "WenQuanYi Zen Hei", "Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans Devanagari", "Nirmala UI", "Noto Sans Thai",
)  # fmt: skip


@cache
def families() -> tuple[str, ...]:
    """The font that matplotlib brings, then those of this computer that add scripts to it."""
    known = set(fontManager.get_font_names())
    return ("DejaVu Sans", *(family for family in _OTHER_FAMILIES if family in known))


@cache
def font(size_px: float) -> FontProperties:
    """The timeline's font at ``size_px`` CSS pixels. Shared: do not change it."""
    return FontProperties(family=list(families()), size=size_px * PX_TO_PT)


def drawable(text: str) -> str:
    """``text`` on one line, with a box for what no font has, without what is invisible or steers the line."""
    return "".join(map(_drawn, " ".join(text[:_LONGEST].split()))).strip()


def width_px(text: str, size_px: float) -> float:
    """About how wide the drawable ``text`` is, in CSS pixels."""
    return sum(_advance(letter, size_px) for letter in text)


def fit(text: str, size_px: float, room_px: float, *, most_lines: int = 2) -> str:
    """The drawable ``text`` on up to ``most_lines`` lines of ``room_px``, else its first words and an ellipsis.

    Nothing where not even the first word has room.
    """
    lines: list[str] = [""]
    rest = ""
    for piece in _pieces(text):
        if width_px((lines[-1] + piece).rstrip(), size_px) <= room_px:
            lines[-1] += piece
        elif lines[-1] and len(lines) < most_lines and width_px(piece.strip(), size_px) <= room_px:
            lines.append(piece)
        else:
            rest = piece
            break
    kept = [line.strip() for line in lines]
    return "\n".join(_with_ellipsis(kept, size_px, room_px) if rest else kept)


def cut_anywhere(text: str, size_px: float, room_px: float) -> str:
    """As ``cut``, between any two letters: for names, which have no words."""
    if width_px(text, size_px) <= room_px:
        return text
    while text and width_px(text + ELLIPSIS, size_px) > room_px:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if text.strip() else ""


def _with_ellipsis(lines: list[str], size_px: float, room_px: float) -> list[str]:
    """The lines with an ellipsis after the last word that leaves room for it."""
    while lines:
        pieces = _pieces(lines[-1])
        while pieces:
            last = "".join(pieces).rstrip(_LOOSE_ENDS)
            if last and width_px(last + ELLIPSIS, size_px) <= room_px:
                return [*lines[:-1], last + ELLIPSIS]
            pieces.pop()
        lines = lines[:-1]
    return []


def _pieces(text: str) -> list[str]:
    """The parts of ``text`` between which a line may end; a space belongs to the part before it."""
    pieces: list[str] = []
    for before, letter in zip(" " + text, text, strict=False):
        if pieces and not _may_break(before, letter):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


@cache
def _drawn(letter: str) -> str:
    if letter == " " or ord(letter) in _charmap():
        return "" if unicodedata.category(letter)[0] == "C" else letter
    return "" if unicodedata.category(letter)[0] in "CM" else UNDRAWABLE


@cache
def _charmap() -> frozenset[int]:
    paths = [fontManager.findfont(FontProperties(family=family)) for family in families()]
    return frozenset(code for path in paths for code in get_font(path).get_charmap())


@cache
def _advance(letter: str, size_px: float) -> float:
    """The width of ``letter`` with its side bearings: the greater of its outline's and its pixels' at 96 dpi."""
    renderer: Any = RendererAgg
    outlined, drawn = TextToPath().get_text_width_height_descent, renderer(1, 1, 96).get_text_width_height_descent
    wide, bare = f"|{letter * 4}|", "||"
    in_pt = outlined(wide, font(size_px), ismath=False)[0] - outlined(bare, font(size_px), ismath=False)[0]
    in_px = drawn(wide, font(size_px), ismath=False)[0] - drawn(bare, font(size_px), ismath=False)[0]
    return float(max(in_pt / PX_TO_PT, in_px)) / 4


def _may_break(before: str, after: str) -> bool:
    if after == " ":
        return False
    return before == " " or _has_no_spaces(before) or _has_no_spaces(after)


@cache
def _has_no_spaces(letter: str) -> bool:
    """True for the scripts that write words without spaces between them."""
    return unicodedata.east_asian_width(letter) in "WF"
