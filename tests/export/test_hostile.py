"""Every export and every figure with one hostile value in all fields: names, words, marks, sources, titles."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from export.speech import with_past
from msgspec.structs import replace
from timeline.speech import turn

from ipyscribe import export
from ipyscribe.errors import ParameterError
from ipyscribe.export import FORMATS
from ipyscribe.timeline import (
    ModelPoint,
    describe,
    describe_accuracy_latency,
    describe_lanes,
    describe_latency,
    describe_words,
    plot_accuracy_latency,
    plot_lanes,
    plot_latency,
    plot_timeline,
    plot_words,
)
from ipyscribe.transcript import Mark, Partial, Transcript, Word

STEERING = "\u202e\u2066\u2028\x1b\x00\x07\x9b\u200e\ufeff"
HOSTILE = f"{STEERING}<b>evil</b>\u202c ]]> {{\\an8}} =1+1"


def transcript() -> Transcript:
    words = tuple(Word(HOSTILE, 1000 * at, 1000 * at + 900, 0.9, True, HOSTILE) for at in range(3))
    spoken = replace(with_past(turn(0, "a b c", 0, 3000)), text=HOSTILE, words=words, speaker=HOSTILE, language=HOSTILE)
    spoken = replace(spoken, history=(*spoken.history, Partial(HOSTILE, words, spoken.first)))
    marks = tuple(Mark(kind, 500.0, HOSTILE) for kind in ("seam", "simulated", "lost"))
    return Transcript((spoken,), marks=marks)


def lane() -> Any:
    return SimpleNamespace(
        transcript=transcript(),
        model=SimpleNamespace(name=HOSTILE),
        server=HOSTILE,
        source=SimpleNamespace(label=HOSTILE),
        audio=lambda start_ms, end_ms: b"\0\0" * 16_000,
    )


ONE = lane()
SEVERAL = SimpleNamespace(
    labels=(HOSTILE, f"{HOSTILE}2"), lanes=(lane(), lane()), audio=lambda start_ms, end_ms: b"\0\0" * 16_000
)


def options_of(extension: str) -> dict[str, Any]:
    free = {"title": HOSTILE, "recording": HOSTILE, "media": HOSTILE}
    return {name: value for name, value in free.items() if name in FORMATS[extension].options}


@pytest.mark.parametrize("extension", [name for name, form in FORMATS.items() if not form.needs_audio])
@pytest.mark.parametrize("several", [False, True])
def test_no_export_has_a_character_that_steers(extension: str, several: bool) -> None:
    one_lane = FORMATS[extension].one_lane
    chosen = {"lane": HOSTILE} if several and one_lane else {}
    content = export.content(SEVERAL if several else ONE, extension, **options_of(extension), **chosen).decode()
    assert not set(STEERING) & set(unescape(content))
    assert "<b>evil" not in content or extension in (
        "txt",
        "csv",
        "json",
        "ctm",
        "stm",
        "rttm",
        "TextGrid",
        "seglst.json",
    )


def test_json_restores_escaped_text() -> None:
    assert export.from_json(export.to_json(ONE)) == transcript()
    lone = Transcript((replace(turn(0, "x", 0, 500), text="half \ud83c"),))
    assert export.from_json(export.content(lone, "json")) == lone
    assert list(export.lanes_from_json(export.to_json(SEVERAL))) == list(SEVERAL.labels)
    assert "日本" in export.to_json(Transcript((turn(0, "日本", 0, 500),)))


def test_no_frozen_page_has_one() -> None:
    frozen = export.freeze(ONE, title=HOSTILE)
    for page in (frozen.html, frozen.page):
        assert "<b>evil" not in page
        assert not set(STEERING) & set(unescape(page))
    assert not set(STEERING) & set(repr(frozen))


POINTS = [ModelPoint(HOSTILE, 0.1, 300.0), ModelPoint(f"{HOSTILE}2", None, 300.0)]
WORDS = {HOSTILE: [(HOSTILE, 0.0, 500.0, 700.0, 900.0)]}
FIGURES: dict[str, tuple[Callable[[], Any], Callable[[], str]]] = {
    "timeline": (lambda: plot_timeline(transcript(), label=HOSTILE), lambda: describe(transcript())),
    "lanes": (lambda: plot_lanes({HOSTILE: transcript()}), lambda: describe_lanes({HOSTILE: transcript()})),
    "latency": (
        lambda: plot_latency({HOSTILE: [1.0]}, measure=HOSTILE),
        lambda: describe_latency({HOSTILE: [1.0]}, measure=HOSTILE),
    ),
    "words": (lambda: plot_words(WORDS), lambda: describe_words(WORDS)),
    "accuracy": (
        lambda: plot_accuracy_latency(POINTS, measure=HOSTILE),
        lambda: describe_accuracy_latency(POINTS, measure=HOSTILE),
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_or_alternative_text_has_one(name: str) -> None:
    plot, description = FIGURES[name]
    figure = plot()
    data, metadata = figure._repr_mimebundle_()
    texts = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    for text in (description(), figure.description, data["text/plain"], metadata["image/png"]["alt"], *texts):
        assert not set(STEERING) & set(text)


@pytest.mark.parametrize(
    "call",
    [
        lambda: plot_latency({HOSTILE: []}),
        lambda: plot_accuracy_latency([ModelPoint(HOSTILE, None, 1.0)]),
        lambda: plot_words({HOSTILE: [("a", 2.0, 1.0, None, None)]}),
        lambda: plot_latency({HOSTILE: [float("nan")]}),
        lambda: export.to_srt(SEVERAL),
        lambda: export.to_text(SEVERAL, lane=HOSTILE[::-1]),
        lambda: export.content(ONE, HOSTILE),
        lambda: export.content(ONE, "txt", **{HOSTILE: 1}),
        lambda: export.from_json(json.dumps({"format": "ipyscribe-transcript", "version": 1, "turns": [HOSTILE]})),
        lambda: plot_timeline(transcript(), theme=HOSTILE),
    ],
)
def test_no_error_has_one(call: Callable[[], Any]) -> None:
    with pytest.raises(ParameterError) as raised:
        call()
    assert not set(STEERING) & set(str(raised.value))


def test_a_spreadsheet_sees_no_formula_in_any_column() -> None:
    formula = Transcript((replace(turn(0, "=1+1", 0, 500), speaker="@SUM", language="+1"),))
    named = SimpleNamespace(labels=("=a", "-b"), lanes=(SimpleNamespace(transcript=formula),) * 2)
    for row in csv.DictReader(io.StringIO(export.to_csv(named))):
        assert not [value for value in row.values() if value[:1] in ("=", "+", "-", "@")]
