"""A session on an event loop: nothing of it blocks the loop, and its errors come out of ``await``."""

from __future__ import annotations

import asyncio
import math

import pytest
from session.sources import MODEL, Endless, tone
from support.scripted_server import Client, scripted
from support.waiting import LIMIT_S

from ipyscribe import Session
from ipyscribe.errors import AuthenticationError, ServerFailureError, SessionStateError
from ipyscribe.replay import Replay


def test_turns_come_while_the_loop_goes_on(counting: str) -> None:
    session = Session(MODEL, source=tone(2, 3), endpoint=counting)

    async def listen() -> tuple[list[str], int]:
        beats = 0
        over = asyncio.Event()

        async def beat() -> None:
            nonlocal beats
            while not over.is_set():
                beats += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(beat())
        async with session:
            texts = [turn.text async for turn in session]
            await session.finished()
        over.set()
        await other
        return texts, beats

    texts, beats = asyncio.run(listen())
    assert texts == [turn.text for turn in session.transcript.turns] != []
    assert beats > 1
    replay = Replay(session.tape, speed=math.inf)

    async def play() -> list[str]:
        async with replay:
            return [turn.text async for turn in replay]

    assert asyncio.run(play()) == texts


def test_what_ends_a_session_comes_out_of_every_await() -> None:
    def script(client: Client) -> None:
        client.begin()
        client.turn(0, "One two.", end=True)
        client.hear(chunks=3)
        client.fail(3005, "Session Cancelled: An error occurred")

    texts = []

    async def read(session: Session) -> None:
        async for turn in session:
            texts.append(turn.text)

    async def listen(session: Session) -> None:
        async with session:
            for call in (read(session), session.finished()):
                with pytest.raises(ServerFailureError):
                    await call

    with scripted(script) as server:
        session = Session(MODEL, source=Endless(), endpoint=server.url, reconnect_for_s=0)
        with pytest.raises(ServerFailureError):
            asyncio.run(listen(session))
        assert texts == ["One two."]
        with pytest.raises(ServerFailureError):
            asyncio.run(Replay(session.tape, speed=math.inf).start().finished())


def test_a_session_that_does_not_open() -> None:
    async def listen(session: Session) -> None:
        with pytest.raises(SessionStateError, match="not started"):
            await session.finished()
        with pytest.raises(AuthenticationError):
            async with session:
                pytest.fail("it must not open")

    with scripted(lambda client: client.fail(1008, "Unauthorized Connection: Invalid API key")) as server:
        session = Session(MODEL, source=Endless(), endpoint=server.url)
        asyncio.run(listen(session))
    assert session.status == "failed"


def test_a_cancelled_task_ends_its_session(counting: str) -> None:
    session = Session(MODEL, source=Endless(), endpoint=counting)

    async def listen() -> None:
        async with session:
            await session.finished()

    async def cancel() -> None:
        task = asyncio.create_task(listen())
        while session.status != "listening":
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(cancel(), LIMIT_S))
    assert (session.status, session.error) == ("ended", None)
