"""Every planned fault against a running session, and the table of outcomes in the docs.

The recogniser of these tests reads the sound itself: each word is 400 ms of one loudness of its own, so that sound
sent again over a new connection gives the same words, and a word that is lost or repeated shows.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local.harness import MODEL, LevelNetwork, running

from ipyscribe.audio import AudioArray
from ipyscribe.errors import ScribeError
from ipyscribe.local import parse_fault
from ipyscribe.local.engine import Hypothesis, HypothesisWord
from ipyscribe.local.worker import Worker
from ipyscribe.session import Session

TABLE = Path(__file__).parents[2] / "docs" / "faults.md"
WORD, GAP = 6400, 24_000
TURNS = ((0, 1, 2), (3, 4), (5, 6, 7, 8), (9,))
WORDS = [word for turn in TURNS for word in turn]
LOWEST, STEP = 2000, 400


def sound() -> AudioArray:
    parts = [np.zeros(8000, np.int16)]
    for turn in TURNS:
        parts += [np.full(WORD, LOWEST + STEP * word, np.int16) for word in turn]
        parts.append(np.zeros(GAP, np.int16))
    return AudioArray(np.concatenate(parts), 16_000, speed=6.0)


class ReadsLoudness:
    """In place of Whisper: the words whose loudness is in the sound, each where it is."""

    def transcribe(
        self, samples: Any, effort: Any, prefix: tuple[HypothesisWord, ...] = (), languages: Any = ()
    ) -> Hypothesis:
        numbers = np.rint((samples * 32768 - LOWEST) / STEP).astype(int)
        words: list[HypothesisWord] = []
        for number in WORDS:
            at = np.flatnonzero(numbers == number)
            if len(at) > WORD // 8:
                words.append(HypothesisWord(f"w{number}", int(at[0] / 16), int((at[-1] + 1) / 16), 0.9, (number,)))
        duration_ms = 1000 * len(samples) // 16_000
        if words:
            last = words[-1]
            words[-1] = HypothesisWord(last.text + ".", last.start_ms, last.end_ms, 0.9, last.tokens)
        return Hypothesis((*prefix, *words[len(prefix) :]), duration_ms, credible=True)


class Recognition:
    languages = ("en",)

    def worker(self, parameters: Any, emit: Any, finished: Any) -> Worker:
        return Worker(ReadsLoudness(), LevelNetwork(), parameters, emit, finished)


OPENED_LATER = "opens at the second try; every word once"
GOES_ON = "goes on over a new connection; every word once"
HARMLESS = "no effect on the transcript"
UNCONFIRMED = "ends; a notice says that the end was not confirmed"
NOT_OPENED = "does not open: {}"
FAILS = "ends with {}; settled turns are kept"

FAULTS = {
    "refuse": OPENED_LATER,
    "http:403": NOT_OPENED.format("HandshakeError"),
    "http:404": NOT_OPENED.format("HandshakeError"),
    "http:410": NOT_OPENED.format("HandshakeError"),
    "http:429": OPENED_LATER,
    "http:500": OPENED_LATER,
    "http:503": OPENED_LATER,
    "http:503x*": NOT_OPENED.format("HandshakeError"),
    "no-begin": OPENED_LATER,
    "no-beginx*": NOT_OPENED.format("ConnectTimeoutError"),
    "late-begin:700ms": HARMLESS,
    "drop@connect": OPENED_LATER,
    "error:1008@connect": NOT_OPENED.format("AuthenticationError"),
    "error:3006@connect": NOT_OPENED.format("InvalidRequestError"),
    "error:3009@connect": OPENED_LATER,
    "error:3009@connectx*": NOT_OPENED.format("RateLimitError"),
    "error:1011@connect": OPENED_LATER,
    "drop@2s": GOES_ON,
    "drop@turn": GOES_ON,
    "drop@final": GOES_ON,
    "drop@2sx3": GOES_ON,
    "reset@3s": GOES_ON,
    "reset@turn": GOES_ON,
    "error:3005@turn": GOES_ON,
    "error:1011@final": GOES_ON,
    "close:1011@3s": GOES_ON,
    "expire@3s": GOES_ON,
    "error:1008@turn": FAILS.format("AuthenticationError"),
    "error:3006@turn": FAILS.format("InvalidRequestError"),
    "error:3007@3s": FAILS.format("AudioRuleError"),
    "error:1009@3s": FAILS.format("AudioRuleError"),
    "error:3009@3s": FAILS.format("RateLimitError"),
    "delay:200ms": HARMLESS,
    "slow:5ms": HARMLESS,
    "duplicate": HARMLESS,
    "out-of-order": HARMLESS,
    "echo": HARMLESS,
    "malformed@turn": HARMLESS,
    "wrong-types@turn": HARMLESS,
    "huge:3MB@turn": HARMLESS,
    "unknown@turn": HARMLESS,
    "binary@turn": HARMLESS,
    "two-begins@turn": HARMLESS,
    "silent@2s": GOES_ON,
    "silent@turn": GOES_ON,
    "half-open@4s": GOES_ON,
    "stall@4s": GOES_ON,
    "drop@stop": GOES_ON,
    "reset@stop": GOES_ON,
    "error:3005@stop": GOES_ON,
    "drop@termination": GOES_ON,
    "no-termination": UNCONFIRMED,
    "half-open@stop": GOES_ON,
}


def outcome(session: Session) -> str:
    """The outcome of a session, in the words of the table."""
    began = '"Begin"' in str(list(session.tape.lane.records()))
    if session.error is not None:
        return (FAILS if began else NOT_OPENED).format(type(session.error).__name__)
    if any(notice.kind == "unconfirmed" for notice in session.notices):
        return UNCONFIRMED
    if any(mark.kind == "seam" for mark in session.transcript.marks):
        return GOES_ON
    return OPENED_LATER if any(record[1] == "reconnected" for record in session.tape.lane.records()) else HARMLESS


def words_of(session: Session) -> list[int]:
    return [int(number) for number in re.findall(r"w(\d+)", session.transcript.text)]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_fault_and_its_outcome(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault.startswith("no-begin"):
        monkeypatch.setattr("ipyscribe.session.handshake.BEGIN_TIMEOUT_S", 2.0)
    if FAULTS[fault] == UNCONFIRMED:
        monkeypatch.setattr("ipyscribe.session.pump.BACKLOG_TIMEOUT_S", 3.0)
    with running(Recognition, faults=[parse_fault(fault)]) as url:
        session = Session(
            MODEL,
            source=sound(),
            endpoint=url,
            connect_for_s=0.1 if fault.endswith("*") else 30,
            reconnect_for_s=30,
            silent_server_s=2.0 if fault.startswith(("silent", "half-open", "stall")) else 15,
        )
        settled: list[str] = []
        with contextlib.suppress(ScribeError), session:
            for turn in session.iter_turns():
                settled.append(turn.text)
    words = words_of(session)
    assert outcome(session) == FAULTS[fault]
    assert words == sorted(set(words)), "a word twice, or out of order"
    if FAULTS[fault] in (OPENED_LATER, GOES_ON, HARMLESS):
        assert words == WORDS
        assert all(turn.settled for turn in session.transcript.turns)
    if session.error is not None:
        assert session.error.advice
    assert all(text in session.transcript.text for text in settled)
    starts = [turn.start_ms for turn in session.transcript.turns]
    assert starts == sorted(starts)
    assert session.done


def table() -> str:
    rows = "\n".join(f"| `{fault}` | {result} |" for fault, result in FAULTS.items())
    return (
        "# Faults and their outcomes\n\n"
        "Each row is a run of a session against the local server with that fault, made by\n"
        "`tests/session/test_fault_table.py`, which also asserts that no settled word is lost, none is repeated,\n"
        "and no thread, socket or process is left. `ipyscribe serve --fault SPEC` injects the same fault by hand;\n"
        "`--fault list` explains the parts of a spec.\n\n"
        "| Fault | Outcome |\n| --- | --- |\n"
        f"{rows}\n"
    )


def test_the_table_of_the_docs_is_this_one() -> None:
    if os.environ.get("IPYSCRIBE_WRITE_DOCS"):
        TABLE.write_text(table(), encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == table()
