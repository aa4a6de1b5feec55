"""Vision Agents' plugin: ``URL PCM_FILE MODEL UNTIL`` in, what its output said out, one JSON line each.

It is closed once it has read words that contain ``UNTIL``.
"""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
from getstream.video.rtc.track_util import AudioFormat, PcmData
from vision_agents.core.edge.types import Participant
from vision_agents.core.stt import Transcript
from vision_agents.plugins.assemblyai import stt

url, path, model, until = sys.argv[1:]
stt.WS_BASE_URL = f"{url}/v3/ws"  # it has no argument for its server
NORA = Participant(original=None, user_id="nora", id="nora")


def say(kind, **fields):
    print(json.dumps({"event": kind, **fields}), flush=True)


async def main():
    plugin = stt.STT(api_key="the key", speech_model=model)
    await plugin.start()
    seen = asyncio.Event()

    async def report():
        async for event in plugin.output:
            if isinstance(event, Transcript):
                say("final" if event.final else "interim", text=event.text)
                if until in event.text:
                    seen.set()

    reporting = asyncio.create_task(report())
    samples = np.fromfile(Path(path), "<i2")
    for begin in range(0, len(samples), 1600):
        chunk = samples[begin : begin + 1600]
        await plugin.process_audio(PcmData(sample_rate=16_000, format=AudioFormat.S16, samples=chunk), NORA)
    await seen.wait()
    await plugin.close()
    await reporting


asyncio.run(main())
