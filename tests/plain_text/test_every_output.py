"""Every output of the library with one hostile text in every field that a stranger can fill."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from session.sources import tone
from support.hostile import (
    FILE_NAME,
    HOSTILE,
    STEERING,
    assert_plain,
    assert_plain_html,
    hostile_server,
    hostile_tape,
)
from support.scripted_server import scripted

import ipyscribe as scribe
from ipyscribe import errors, export
from ipyscribe.audio.devices import InputDevice, select_device
from ipyscribe.comparison import Comparison
from ipyscribe.comparison.model_choices import sweep
from ipyscribe.errors import ScribeError
from ipyscribe.export import FORMATS
from ipyscribe.protocol.models import Catalogue
from ipyscribe.replay import Replay
from ipyscribe.tape import Notice, Tape

MODEL = "u3-rt-pro"
DATA = {"parameters", "transcript", "transcripts", "reference", "corrections", "keyterms", "served_model"}
"""Properties that are data: they keep each character, and what shows them makes it plain."""
NOT_ASKED = {"view"}
JOINER = "\u2060"
"""What subtitles put into a sign that would begin a tag."""


@pytest.fixture(scope="module")
def live() -> Iterator[Comparison]:
    """A comparison whose server, source, labels, settings and reference are hostile; it has ended with an error."""
    with scripted(hostile_server) as server:
        lane = {"model": MODEL, "endpoint": server.url, "prompt": HOSTILE, "keyterms_prompt": [HOSTILE[:40]]}
        comparison = Comparison(
            {HOSTILE: lane, f"{HOSTILE}2": lane},
            source=named(tone(2.5)),
            reference=f"so {HOSTILE} noon",
            keyterms=[HOSTILE],
        )
        comparison.start()
        with contextlib.suppress(ScribeError):
            comparison.wait(60)
        assert comparison.errors
        yield comparison
        comparison.close()


def named(source: Any) -> Any:
    source.label = HOSTILE
    return source


@pytest.fixture(scope="module")
def tape(live: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """Its tape, changed by a stranger."""
    folder = tmp_path_factory.mktemp("tape")
    path = folder / f"{FILE_NAME}.tape"
    path.write_bytes(hostile_tape(live.tape.save(folder / "whole.tape")))
    return Tape.load(path)


@pytest.fixture(scope="module")
def recorded(tape: Tape) -> Iterator[Comparison]:
    comparison = Comparison.from_tape(tape, reference=f"so {HOSTILE} noon")
    yield comparison
    comparison.close()


@pytest.fixture(scope="module")
def everything(live: Comparison, tape: Tape, recorded: Comparison) -> dict[str, Any]:
    """Whatever has outputs, by a name for messages."""
    replay = Replay(tape)
    replay.seek(float("inf"))
    return {
        "live comparison": live,
        "live session": live.lanes[0],
        "live tape": live.tape,
        "tape": tape,
        "lane of a tape": tape.lanes[0],
        "replay": replay,
        "recorded comparison": recorded,
        "table": live.table(),
        "recorded table": recorded.table(),
        "source": live.source,
    }


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a value of the interface that is there to be shown."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, ScribeError):
        yield from (str(value), value.message, value.advice, repr(value), getattr(value, "reason", ""))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield repr(value)
        if isinstance(value, Notice):
            yield from (value.kind, value.message, value.advice)
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in texts_of(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in texts_of(each))


def test_no_property_or_representation_steers(everything: dict[str, Any]) -> None:
    asked = 0
    for name, value in everything.items():
        for display in (repr, str):
            assert_plain(f"{display.__name__} of {name}", display(value))
        if hasattr(value, "_repr_html_"):
            assert_plain_html(name, value._repr_html_())
        for attribute, _ in inspect.getmembers(type(value), lambda member: isinstance(member, property)):
            if attribute.startswith("_") or attribute in DATA | NOT_ASKED:
                continue
            with contextlib.suppress(ScribeError):  # which has its own test
                for text in texts_of(getattr(value, attribute)):
                    assert_plain(f"{attribute} of {name}", text)
                    asked += 1
    assert asked > 80


def test_the_texts_are_there(live: Comparison, recorded: Comparison, everything: dict[str, Any]) -> None:
    """What was looked at holds what is hostile, as text."""
    for comparison in (live, recorded):
        for label, lane in zip(comparison.labels, comparison.lanes, strict=True):
            assert "evil" in label
            assert "evil" in str(lane.error)
            kinds = {notice.kind for notice in lane.notices if "evil" in notice.message}
            assert {"warning", "unknown", "model"} <= kinds
    assert all("evil" in text for text in (str(everything["table"]), recorded.lanes[0].server, repr(recorded)))


@pytest.mark.parametrize("name", ["live session", "tape", "recorded comparison"])
def test_no_file_or_page_steers(everything: dict[str, Any], name: str) -> None:
    exportable = everything[name]
    several = isinstance(exportable, Comparison) or len(getattr(exportable, "lanes", ())) > 1
    labels = getattr(exportable, "labels", None) or getattr(getattr(exportable, "tape", None), "labels", ())
    for extension, form in FORMATS.items():
        if form.needs_audio:
            continue
        free = {option: HOSTILE for option in ("title", "recording", "media") if option in form.options}
        lane = {"lane": labels[0]} if several and form.one_lane else {}
        text = export.content(exportable, extension, **free, **lane).decode()
        assert "evil" in text or "bold" in text
        if extension in ("html", "eaf"):
            assert_plain_html(extension, text)
        else:
            assert_plain(extension, text.replace("\r\n", "\n").replace(JOINER, ""))
    if isinstance(exportable, Comparison):
        frozen = exportable.freeze(title=HOSTILE)
        assert_plain("freeze", repr(frozen))
        for page in (frozen.html, frozen.page, frozen._repr_html_()):
            assert_plain_html("freeze", page)


def test_no_figure_steers(recorded: Comparison) -> None:
    """Those of measures are tested with the exports."""
    assert_plain_figure("timeline", recorded.plot_timeline())
    assert_plain_figure("words", recorded.plot_words(0, 3000))


def assert_plain_figure(name: str, figure: Any) -> None:
    data, metadata = figure._repr_mimebundle_()
    drawn = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    for text in (figure.description, data["text/plain"], metadata["image/png"]["alt"], *drawn):
        assert_plain(f"{name}: {text:.40}", text)


def every_error() -> list[type[ScribeError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ScribeError)]
    assert len(found) > 30
    return found


def test_no_error_steers() -> None:
    for kind in every_error():
        wanted = inspect.signature(kind).parameters
        options = {
            "code": 3006,
            "reason": HOSTILE,
            "status": 500,
            "purpose": HOSTILE,
            "extra": HOSTILE,
            "advice": HOSTILE,
        }
        chosen = {
            name: options.get(name, 1)
            for name, parameter in wanted.items()
            if name in options or (parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty)
        }
        error = kind(HOSTILE, **chosen)
        for text in texts_of(error):
            assert_plain(kind.__name__, text)


DEVICES = [InputDevice(0, HOSTILE, HOSTILE, 1, 16_000, True), InputDevice(1, f"{HOSTILE}2", HOSTILE, 1, 16_000, False)]
CALLS: dict[str, Callable[[Comparison], Any]] = {
    "a label that is not there": lambda c: export.to_text(c, lane="nobody"),
    "a label that has to be chosen": lambda c: export.to_srt(c),
    "the name of a model": lambda c: scribe.Session(HOSTILE, source=tone()),
    "the models of a comparison": lambda c: Comparison([HOSTILE], source=tone()),
    "the settings of a lane": lambda c: Comparison({HOSTILE: {"model": MODEL, HOSTILE: 1}, "b": MODEL}, source=tone()),
    "a sweep": lambda c: sweep(HOSTILE),
    "a setting": lambda c: scribe.Session(MODEL, source=tone(), endpoint="local", **{HOSTILE: 1}),
    "the value of a setting": lambda c: scribe.Session(
        MODEL, source=tone(), endpoint="local", max_turn_silence=HOSTILE
    ),
    "an endpoint": lambda c: scribe.Session(MODEL, source=tone(), endpoint=HOSTILE),
    "a sound file": lambda c: scribe.AudioFile(FILE_NAME),
    "a tape": lambda c: Tape.load(FILE_NAME),
    "devices of that name": lambda c: select_device(DEVICES, "evil"),
    "a device that is not there": lambda c: select_device(DEVICES, HOSTILE[::-1]),
    "a format": lambda c: export.content(c, HOSTILE),
    "an option": lambda c: export.content(c, "txt", **{HOSTILE: 1}),
    "a corpus": lambda c: scribe.Evaluation([MODEL], FILE_NAME, endpoint="local"),
    "a pair": lambda c: scribe.Evaluation([MODEL], [(FILE_NAME, HOSTILE)], endpoint="local"),
    "equivalents": lambda c: Comparison.from_tape(c.tape, equivalents=[HOSTILE]),
    "a correction": lambda c: c.correct(-1, -2, HOSTILE),
}


@pytest.mark.parametrize("field", CALLS)
def test_no_refusal_steers(live: Comparison, field: str) -> None:
    with pytest.raises(ScribeError) as raised:
        CALLS[field](live)
    for text in texts_of(raised.value):
        assert_plain(field, text)


def test_no_source_device_or_model_of_a_person_steers(tmp_path: Path) -> None:
    own = Catalogue(file=tmp_path / "models.toml")
    with pytest.raises(ScribeError):
        own.add(HOSTILE)
    own.add("mine", note=HOSTILE, price_per_hour_usd=1, add_ons={HOSTILE: 1})
    assert_plain("models", repr(own))
    assert_plain_html("models", own._repr_html_())
    sources = [
        scribe.Microphone(HOSTILE),
        scribe.AudioArray([0.0] * 100, 16_000, label=HOSTILE),
        scribe.PushSource(16_000, label=HOSTILE),
        *DEVICES,
    ]
    for source in sources:
        assert_plain("a source", repr(source))


def test_code_is_ascii_and_keeps_every_value(tmp_path: Path) -> None:
    from ipyscribe.protocol import find_model
    from ipyscribe.widgets.transcriber.code import Setup, plain_code, scribe_code

    text = HOSTILE + "\U0001f600\x7f日本"
    setup = Setup(
        find_model(MODEL), scribe.Microphone(text), None, False, False, {},
        {"prompt": text, "keyterms_prompt": [text], "llm_gateway": {text: [text]}},
    )  # fmt: skip
    for code in (scribe_code(setup), plain_code(setup)):
        assert code.isascii()
        assert not set(code) & (set(STEERING) | {"\x7f"})
        literals = [node.value for node in _literals(code) if isinstance(node.value, str)]
        assert literals.count(text) >= 4


def _literals(code: str) -> list[Any]:
    import ast

    return [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
