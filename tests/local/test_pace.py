"""When a stream begins its passes, by what they cost."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.speech import RATE_HZ, sample_utterances

from ipyscribe.local.engine import Hypothesis, Recogniser
from ipyscribe.local.features import Floats
from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.local.stream import SpeechStream

pytestmark = pytest.mark.recogniser


class Dear:
    """The recogniser, whose passes cost a second; ``heard_ms`` is how much of the turn each was given."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.heard_ms: list[int] = []

    def transcribe(self, samples: Floats, *given: Any) -> Hypothesis:
        self.heard_ms.append(1000 * len(samples) // RATE_HZ)
        return replace(self._recogniser.transcribe(samples, *given), cost_ms=1000.0)


def test_words_wait_for_a_dear_pass_to_pay_off_only_where_the_machine_is_slow(offline: OfflineRecognition) -> None:
    without_pauses = np.concatenate([each.samples[3200:-4000] for each in sample_utterances()])[: 9 * RATE_HZ]
    heard_ms = {}
    for took_s in (0.0, 9.0):
        recogniser = Dear(offline.recogniser)
        clock = itertools.count(0.0, took_s).__next__
        list(SpeechStream(recogniser, offline.network, clock=clock).accept(without_pauses))
        heard_ms[took_s] = recogniser.heard_ms
    assert max(later - earlier for earlier, later in itertools.pairwise(heard_ms[0.0])) <= 2300  # 2.2 s and a frame
    assert len(heard_ms[0.0]) > len(heard_ms[9.0]) + 1
