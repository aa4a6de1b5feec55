"""Files for scoring tools: NIST's CTM, STM and RTTM, and meeteval's SegLST."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ipyscribe.export.export_lanes import ExportLane, lane_of
from ipyscribe.export.exportable import Exportable, one_line
from ipyscribe.export.json_text import json_dumps
from ipyscribe.export.timed_words import joined, speaker_runs

_CHANNEL = "1"
_UNKNOWN_SPEAKER = "unknown"
# sclite reads braces and slashes as alternatives, parentheses as optional words, ";;" as a comment, and "<...>" at the
# beginning as labels; the full-width forms are text.
_STM_MARKUP = re.compile(r"[{}()]|;;+|^<(?=\S*>)")
_FULL_WIDTH = str.maketrans({each: chr(ord(each) + 0xFEE0) for each in "{}()<"})


def to_ctm(exportable: Exportable, *, recording: str = "", offset_s: float = 0.0, lane: str | None = None) -> str:
    """NIST's time-marked words: ``recording channel start duration word confidence``, times in seconds.

    ``recording`` names the audio, by default after its source; ``offset_s`` is added to all times; ``lane`` is the
    label of one model of several. The confidence is left out where the model gives none.
    """
    chosen = lane_of(exportable, lane, offset_s=offset_s)
    name = _identifier(recording or chosen.source, "recording")
    return "".join(
        f"{name} {_CHANNEL} {word.start_ms / 1000:.3f} {(word.end_ms - word.start_ms) / 1000:.3f} {word.text}"
        f"{'' if word.confidence is None else f' {word.confidence:.3f}'}\n"
        for run in speaker_runs(chosen.transcript)
        for word in run
        if not word.text.startswith(";;")
    )


def to_stm(exportable: Exportable, *, recording: str = "", offset_s: float = 0.0, lane: str | None = None) -> str:
    """NIST's segment time marks: ``recording channel speaker start end text``; options as of ``to_ctm``.

    A turn without a speaker label gets ``unknown``. Braces and parentheses, which sclite takes for alternatives and
    optional words, are written in their full-width forms, and ``;;`` is left out.
    """
    chosen = lane_of(exportable, lane, offset_s=offset_s)
    name = _identifier(recording or chosen.source, "recording")
    return "".join(
        f"{name} {_CHANNEL} {_identifier(run[0].speaker, _UNKNOWN_SPEAKER)} {run[0].start_ms / 1000:.3f} "
        f"{run[-1].end_ms / 1000:.3f} {_stm_text(joined(run))}\n"
        for run in speaker_runs(chosen.transcript)
    )


def _stm_text(text: str) -> str:
    quoted = _STM_MARKUP.sub(lambda markup: "" if markup[0][0] == ";" else markup[0].translate(_FULL_WIDTH), text)
    return " ".join(quoted.split())


def to_rttm(exportable: Exportable, *, recording: str = "", offset_s: float = 0.0, lane: str | None = None) -> str:
    """NIST's rich transcription time marks: who speaks when, a SPEAKER line for each turn of each speaker.

    Options as of ``to_ctm``.
    """
    chosen = lane_of(exportable, lane, offset_s=offset_s)
    name = _identifier(recording or chosen.source, "recording")
    return "".join(
        f"SPEAKER {name} {_CHANNEL} {run[0].start_ms / 1000:.3f} {(run[-1].end_ms - run[0].start_ms) / 1000:.3f} "
        f"<NA> <NA> {_identifier(run[0].speaker, _UNKNOWN_SPEAKER)} <NA> <NA>\n"
        for run in speaker_runs(chosen.transcript)
    )


def to_seglst(exportable: Exportable, *, recording: str = "", offset_s: float = 0.0, lane: str | None = None) -> str:
    """SegLST, the JSON of meeteval and the CHiME challenges: a list of segments with times in seconds.

    Options as of ``to_ctm``.
    """
    chosen = lane_of(exportable, lane, offset_s=offset_s)
    segments = list(_segments(chosen, one_line(recording) or chosen.source or "recording"))
    return json_dumps(segments, indent=1) + "\n"


def _segments(lane: ExportLane, recording: str) -> Iterator[dict[str, str | float]]:
    for run in speaker_runs(lane.transcript):
        yield {
            "session_id": recording,
            "speaker": run[0].speaker or _UNKNOWN_SPEAKER,
            "start_time": run[0].start_ms / 1000,
            "end_time": run[-1].end_ms / 1000,
            "words": joined(run),
        }


def _identifier(text: str | None, otherwise: str) -> str:
    """``text`` as one field of a file whose fields end at spaces."""
    return re.sub(r"[\s;]+", "_", one_line(text or "")).strip("_") or otherwise
