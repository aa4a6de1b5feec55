"""The tour above the widget: it follows the session, never goes back by itself, and can be left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from widgets.conftest import SentMessages, wait_until_published

import ipyscribe as scribe
from ipyscribe.audio import AudioFile, sample_path
from ipyscribe.widgets.tour.demo import Demo


@pytest.fixture
def shown(sent: SentMessages) -> Iterator[Demo]:
    made = scribe.demo()
    yield made
    made.close()


def test_it_is_the_widget_on_the_sample_with_three_steps_above_it(shown: Demo) -> None:
    assert shown.children[0] is shown.tour
    assert len(shown.tour.steps) == 3
    assert shown.model == "local-whisper-tiny.en"
    assert shown.session is None, "nothing runs before somebody presses Start"
    shown.tour.reach(2)
    shown.tour.reach(1)
    assert shown.tour.step == 2


@pytest.mark.recogniser
def test_it_goes_on_as_the_session_does(sent: SentMessages) -> None:
    followed = Demo(AudioFile(sample_path(), stop_s=6, speed=4))
    followed.start()
    followed.wait()
    wait_until_published()
    assert followed.tour.step == 2
    followed.close()
