"""LiveKit's plugin: ``PCM_FILE URL MODEL [URL MODEL ...]`` in, what its events said out, one JSON line each."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
from livekit import rtc
from livekit.agents import stt
from livekit.plugins import assemblyai


async def transcribe(pcm, url, model):
    def say(kind, **fields):
        print(json.dumps({"model": model, "event": kind, **fields}), flush=True)

    async with aiohttp.ClientSession() as http:
        options = {} if model.startswith("u") and "streaming" not in model else {"format_turns": True}
        plugin = assemblyai.STT(api_key="the key", model=model, base_url=url, http_session=http, **options)
        stream = plugin.stream()
        for begin in range(0, len(pcm), 1600):
            chunk = pcm[begin : begin + 1600]
            stream.push_frame(rtc.AudioFrame(chunk, 16_000, 1, len(chunk) // 2))
        stream.end_input()
        async for event in stream:
            if event.type in (stt.SpeechEventType.FINAL_TRANSCRIPT, stt.SpeechEventType.INTERIM_TRANSCRIPT):
                said = event.alternatives[0]
                final = event.type == stt.SpeechEventType.FINAL_TRANSCRIPT
                words = [
                    [str(word), round(1000 * word.start_time), round(1000 * word.end_time)] for word in said.words or ()
                ]
                say("final" if final else "interim", text=said.text, words=words)
        await stream.aclose()
        await plugin.aclose()


path, *sessions = sys.argv[1:]
for url, model in zip(sessions[::2], sessions[1::2], strict=True):
    asyncio.run(transcribe(Path(path).read_bytes(), url, model))
