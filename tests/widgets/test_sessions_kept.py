"""A Transcriber keeps the sessions that it has finished, and says one thing at a time about the present one."""

from __future__ import annotations

import pytest
from local.harness import wait_for
from session.sources import tone
from support.front_end_messages import deliver

from ipyscribe import Transcriber
from ipyscribe.errors import ParameterError
from ipyscribe.tape import Notice
from ipyscribe.widgets.shared.status_strip import StatusStrip, notice_json
from ipyscribe.widgets.transcript.transcript_view import TranscriptView

MODEL = "local-whisper-tiny.en"


def test_a_finished_session_can_be_gone_back_to_and_compared(url: str) -> None:
    t = Transcriber(MODEL, source=tone(2), endpoint=url)
    with pytest.raises(ParameterError, match="0 sessions are over"):
        t.compare()
    for _ in range(2):
        t.start()
        assert t.wait(60)
    first, second = t.sessions
    assert t.session is second
    wait_for(lambda: t.controls.state["session"] == 1)
    assert [label.partition(",")[0] for label in t.controls.state["sessions"]] == [
        f"Session 1: {MODEL}",
        f"Session 2: {MODEL}",
    ]
    deliver(t.controls, {"kind": "select", "session": 0})
    wait_for(lambda: t.session is first and t.controls.state["session"] == 0)
    assert t.transcript == first.transcript
    with pytest.raises(ParameterError, match="no session 2"):
        t.show_session(2)
    compared = t.compare()
    assert compared.labels == (MODEL, f"{MODEL} (2)")
    assert list(compared.transcripts.values()) == [first.transcript, second.transcript]
    compared.close()
    t.close()


def test_sessions_with_other_sound_are_not_compared(url: str) -> None:
    t = Transcriber(MODEL, source=[tone(2), tone(3)], endpoint=url)
    for number in range(2):
        deliver(t.controls, {"kind": "select", "source": f"source-{number}"})
        wait_for(lambda number=number: t.controls.state["source"] == f"source-{number}")
        t.start()
        assert t.wait(60)
    with pytest.raises(ParameterError, match="did not have the same sound"):
        t.compare()
    t.close()


def test_of_several_messages_the_most_important_comes_first_and_none_twice() -> None:
    view = TranscriptView()
    notices = [Notice("parameter", "It is ignored."), Notice("late", "It is late."), Notice("late", "It is late.")]
    state = StatusStrip(view).state(
        status="listening", open_s=1, cost="free", notices=[notice_json(each) for each in notices]
    )
    assert [each["message"] for each in state["notices"]] == ["It is late.", "It is ignored."]
    error = {"message": "It is late.", "advice": "", "action": None}
    state = StatusStrip(view).state(status="connecting", open_s=1, cost="free", notices=state["notices"], error=error)
    assert [each["message"] for each in state["notices"]] == ["It is ignored."]
    assert state["busy"]
    view.close()


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({}, ["key"]),
        ({"model": MODEL}, []),
        ({"model": "u3-rt-pro"}, ["key"]),
        ({"model": "u3-rt-pro", "endpoint": "ws://127.0.0.1:9"}, []),
        ({"model": "u3-rt-pro", "endpoint": "local"}, []),
    ],
)
def test_a_key_is_missed_only_where_one_is_needed(monkeypatch: pytest.MonkeyPatch, options: dict, kinds: list) -> None:  # type: ignore[type-arg]
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)
    t = Transcriber(**options)
    assert [notice["kind"] for notice in t.controls.state["strip"]["notices"]] == kinds
    assert "Whisper" not in str(t.controls.state["strip"]["notices"])
    t.close()
