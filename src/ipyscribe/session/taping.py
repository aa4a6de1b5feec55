"""What the tape of a session says of it beforehand."""

from __future__ import annotations

from dataclasses import replace

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.tape import LaneManifest, Recorder
from ipyscribe.tape.redaction import redacted_parameters, redacted_text, secrets_in


def recorder_of(
    manifest: LaneManifest, endpoint: Endpoint, *, record_audio: bool, keep_audio_s: float | None
) -> Recorder:
    """The recorder of a session that is about to start.

    Raises ``ParameterError`` for ``record_audio`` and ``keep_audio_s``.
    """
    redacted = replace(
        manifest,
        model=replace(manifest.model, name=redacted_text(manifest.model.name)),
        server=redacted_text(manifest.server),
        parameters=redacted_parameters(manifest.parameters),
    )
    credentials = (secret for secret in (endpoint.key, endpoint.token) if isinstance(secret, str))
    return Recorder(
        redacted,
        record_audio=record_audio,
        keep_audio_s=keep_audio_s,
        secrets=(*credentials, *secrets_in(manifest.parameters)),
    )
