"""pipecat in a pipeline: ``PCM_FILE URL MODEL [URL MODEL ...]`` in, what its frames said out, one JSON line each."""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.assemblyai.stt import AssemblyAISTTService

LAST_WORD = "coming"


class Reporter(FrameProcessor):
    def __init__(self, say):
        super().__init__()
        self.say = say
        self.heard_all = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, (TranscriptionFrame, InterimTranscriptionFrame)):
            kind = "final" if isinstance(frame, TranscriptionFrame) else "interim"
            words = [[word.text, word.start, word.end] for word in frame.result.words]
            self.say(kind, text=frame.text, words=words)
            if LAST_WORD in frame.text.lower():
                self.heard_all.set()
        await self.push_frame(frame, direction)


async def transcribe(pcm, url, model):
    def say(kind, **fields):
        print(json.dumps({"model": model, "event": kind, **fields}), flush=True)

    service = AssemblyAISTTService(
        api_key="the key",
        api_endpoint_base_url=f"{url}/v3/ws",
        settings=AssemblyAISTTService.Settings(model=model),
    )
    reporter = Reporter(say)
    task = PipelineTask(
        Pipeline([service, reporter]),
        params=PipelineParams(audio_in_sample_rate=16_000),
        cancel_on_idle_timeout=False,
    )

    @task.event_handler("on_pipeline_error")
    async def on_error(_, frame: ErrorFrame):
        say("error", text=frame.error)

    chunks = [pcm[begin : begin + 1600] for begin in range(0, len(pcm), 1600)]
    frames = [InputAudioRawFrame(audio=chunk, sample_rate=16_000, num_channels=1) for chunk in chunks]

    async def speak():
        """End once the last word was recognised: the service waits no longer than 5 s for the end to be confirmed."""
        for frame in frames:
            await task.queue_frame(frame)
            await asyncio.sleep(0.025)
        with contextlib.suppress(TimeoutError):  # then the test says what is missing
            await asyncio.wait_for(reporter.heard_all.wait(), 60)
        await task.queue_frame(EndFrame())

    await asyncio.gather(PipelineRunner(handle_sigint=False).run(task), speak())


path, *sessions = sys.argv[1:]
for url, model in zip(sessions[::2], sessions[1::2], strict=True):
    asyncio.run(transcribe(Path(path).read_bytes(), url, model))
