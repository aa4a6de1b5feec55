"""The sources in the widget's list, and the channels of one."""

from __future__ import annotations

from typing import Any

import numpy as np
from local.harness import wait_for
from support.front_end_messages import deliver
from widgets.conftest import SentMessages

from ipyscribe import AudioArray, Transcriber

LOCAL = "local-whisper-tiny.en"
LOUD = (np.sin(np.arange(16_000 * 2) * 0.3) * 8000).astype(np.int16)
SPEECH = np.concatenate([LOUD, np.zeros(16_000, np.int16)] * 2)


def say(widget: Any, **message: Any) -> None:
    deliver(widget, message)


def test_the_channel_of_a_source_with_two_can_be_chosen(url: str, sent: SentMessages) -> None:
    silent = np.zeros_like(SPEECH)
    source = AudioArray(np.stack([silent, SPEECH], axis=1), 16_000, speed=4.0)
    t = Transcriber(LOCAL, source=source, endpoint=url)
    assert t.controls.state["channel"] == "mix"
    assert [each["value"] for each in t.controls.state["channels"]] == ["mix", "left", "right"]
    for name, words in (("left", False), ("right", True)):
        say(t.controls, kind="select", channel=name)
        wait_for(lambda name=name: t.controls.state["channel"] == name)
        t.start()
        assert t.wait(60)
        assert bool(t.transcript.turns) == words
    levels = [message["dbfs"] for message in sent.of("channel_levels")]
    assert any(left is None and -20 < right < -5 for left, right in filter(None, levels) if right is not None)
    wait_for(lambda: sent.of("channel_levels")[-1]["dbfs"] == [])
    say(t.controls, kind="select", channel="7")
    wait_for(lambda: t.controls.state["strip"]["error"])
    assert "channel=7 does not exist" in t.controls.state["strip"]["error"]["message"]
    say(t.controls, kind="select", source="sample")
    wait_for(lambda: t.controls.state["channels"] == [])
    assert source.channel == "mix"
    t.close()


def test_several_sources_stand_in_the_list() -> None:
    t = Transcriber(LOCAL, source=[AudioArray(LOUD, 16_000, label="one"), AudioArray(LOUD, 16_000, label="two")])
    assert [choice["label"] for choice in t.controls.sources][:2] == ["one", "two"]
    t.close()
