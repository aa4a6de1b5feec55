"""VideoSDK's plugin: ``URL PCM_FILE MODEL UNTIL`` in, what its callback was given out, one JSON line each.

It is closed once it has read words that contain ``UNTIL``.
"""

import asyncio
import json
import sys
from pathlib import Path

from videosdk.agents import SpeechEventType
from videosdk.plugins.assemblyai import AssemblyAISTT

url, path, model, until = sys.argv[1:]


def say(kind, **fields):
    print(json.dumps({"event": kind, **fields}), flush=True)


async def main():
    plugin = AssemblyAISTT(api_key="the key", base_url=url, speech_model=model, input_sample_rate=16_000)
    plugin.on("error", lambda error: say("error", text=str(error)))
    seen = asyncio.Event()

    async def report(response):
        say("final" if response.event_type == SpeechEventType.FINAL else "interim", text=response.data.text)
        if until in response.data.text:
            seen.set()

    plugin.on_stt_transcript(report)
    pcm = Path(path).read_bytes()
    for begin in range(0, len(pcm), 1600):
        await plugin.process_audio(pcm[begin : begin + 1600])
    await seen.wait()
    await plugin.aclose()


asyncio.run(main())
