"""Transcripts with a past: every turn was read word by word, and revised, before it settled."""

from __future__ import annotations

from msgspec.structs import replace
from timeline.speech import talk, turn

from ipyscribe.transcript import Arrival, Mark, Partial, Transcript, Turn

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<b>bold</b> & <img src=x onerror=alert(1)>",
    '=HYPERLINK("http://example.org","x")',
    "{\\an8}{\\p1}m 0 0 l 1 1",
    "a \\N b \\n c",
    "00:00:01.000 --> 00:00:02.000",
    "**bold** `code` [link](javascript:alert(1)) | $x$ https://example.org www.example.org",
    "1. no list",
    "- no list",
    "]]> <!-- &amp; \"quoted\" 'quoted'",
    "\u202eright to left, 日本語, 🎤 and \x1b[31mred\x07",
)


def with_past(original: Turn) -> Turn:
    """The same turn, whose words came one by one, each half a second late, the last of them not yet final."""
    history = []
    for count in range(1, len(original.words) + 1):
        spoken = original.words[:count]
        words = (*spoken[:-1], replace(spoken[-1], is_final=False))
        text = " ".join(word.text.lower().strip(".,?") for word in spoken)
        history.append(Partial(text, words, Arrival(spoken[-1].end_ms / 1000, spoken[-1].end_ms + 500.0)))
    final = original.final or Arrival(original.end_ms / 1000, original.end_ms + 600.0)
    final = replace(final, audio_ms=max(final.audio_ms, original.end_ms + 600.0))
    history.append(Partial(original.text, original.words, final))
    return replace(original, first=history[0].arrival, final=final, history=tuple(history))


def talk_with_past(turns: int) -> Transcript:
    """A talk of that many turns; 700 are about an hour and 7,000 words."""
    transcript = talk(turns)
    return replace(
        transcript, turns=tuple(map(with_past, transcript.turns)), marks=(Mark("seam", 30_500.0, "connected again"),)
    )


def hostile() -> Transcript:
    """Words and names that some format could take for something else."""
    return Transcript(
        tuple(
            with_past(turn(order, text, order * 4000, order * 4000 + 3000, speaker=HOSTILE[order % 2]))
            for order, text in enumerate(HOSTILE)
        )
    )
