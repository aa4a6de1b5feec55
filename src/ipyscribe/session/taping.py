"""What the tape of a session says of it beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.audio.block import AudioSource
from ipyscribe.protocol.budget import Budget
from ipyscribe.protocol.models import Model
from ipyscribe.tape import LaneManifest, Recorder
from ipyscribe.tape.redaction import harmless, harmless_parameters, harmless_source, secrets_among
from ipyscribe.transcript import Transcript


def recorder_of(
    model: Model,
    source: AudioSource,
    endpoint: Endpoint,
    parameters: Mapping[str, Any],
    budget: Budget,
    *,
    record_audio: bool,
    keep_audio_s: float | None,
) -> Recorder:
    """The recorder of a session that is about to start. Raises ``ParameterError`` for ``record_audio`` and
    ``keep_audio_s``."""
    empty = Transcript.of(model, parameters)
    about = LaneManifest(
        model=replace(model, name=harmless(model.name)),
        place=harmless(endpoint.place),
        parameters=harmless_parameters(parameters),
        source=harmless_source(source),
        expects_formatting=empty.expects_formatting,
        has_confidences=empty.has_confidences,
        limit_s=budget.seconds,
        limit_says=budget.says,
    )
    given = tuple(secret for secret in (endpoint.key, endpoint.token) if isinstance(secret, str))
    return Recorder(
        about, record_audio=record_audio, keep_audio_s=keep_audio_s, secrets=(*given, *secrets_among(parameters))
    )
