"""The official SDK: ``PCM_FILE URL MODEL [URL MODEL ...]`` in, what its events said out, one JSON line each."""

import json
import sys
from pathlib import Path

from assemblyai.streaming.v3 import (
    RealTimeEvents,
    RealTimeParameters,
    RealTimeTranscriber,
    RealTimeTranscriberOptions,
)

# All of the speech is sent at once, and a busy machine has to hear it before it can confirm the end.
PATIENT = {"connect_timeout": 60, "terminate_timeout": 120}


def transcribe(pcm, url, model):
    def say(kind, **fields):
        print(json.dumps({"model": model, "event": kind, **fields}), flush=True)

    client = RealTimeTranscriber(RealTimeTranscriberOptions(api_key="the key", api_host=url, **PATIENT))
    client.on(RealTimeEvents.Begin, lambda _, event: say("begin", id=event.id))
    client.on(RealTimeEvents.Error, lambda _, error: say("error", text=str(error)))
    client.on(RealTimeEvents.Termination, lambda _, event: say("termination", seconds=event.audio_duration_seconds))
    client.on(
        RealTimeEvents.Turn,
        lambda _, event: say(
            "turn",
            order=event.turn_order,
            text=event.transcript,
            ended=event.end_of_turn,
            formatted=event.turn_is_formatted,
            words=[[word.text, word.start, word.end] for word in event.words],
        ),
    )
    client.connect(RealTimeParameters(sample_rate=16_000, speech_model=model, format_turns=True))
    client.stream(pcm[begin : begin + 1600] for begin in range(0, len(pcm), 1600))
    client.disconnect(terminate=True)


path, *sessions = sys.argv[1:]
for url, model in zip(sessions[::2], sessions[1::2], strict=True):
    transcribe(Path(path).read_bytes(), url, model)
