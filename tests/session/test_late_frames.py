"""Frames of a connection that has been given up, and frames about sound that it was never sent."""

from __future__ import annotations

from session.sources import tone
from support.scripted_server import Client, scripted
from support.waiting import LIMIT_S
from tape.making import frame

from ipyscribe.protocol import find_model
from ipyscribe.session import Session
from ipyscribe.session.live_session import LiveSession
from ipyscribe.tape import LaneManifest, Recorder, Tape
from ipyscribe.transcript import Transcript


def test_a_session_ends_though_a_server_reports_more_sound_than_was_sent() -> None:
    def script(client: Client) -> None:
        client.begin()
        if len(server.clients) == 1:
            client.turn(0, "more words than fit in there", end=True)
            client.hear(chunks=2)
            client.close(1011)
        else:
            client.hear("Terminate")
            client.terminate()

    with (
        scripted(script) as server,
        Session("u3-rt-pro", source=tone(0.5), endpoint=server.url, api_key="k") as session,
    ):
        assert session.wait(LIMIT_S)
    assert [len(client.chunks) for client in server.clients][1:] == [0]


def test_late_frames_of_a_lost_connection_are_ignored() -> None:
    model = find_model("u3-rt-pro")
    empty = Transcript.of(model, {})
    about = LaneManifest(model, "x", expects_formatting=empty.expects_formatting, has_confidences=empty.has_confidences)
    recorder = Recorder(about)
    recorder.begin()
    live = LiveSession(empty, recorder)
    lost = live.connection
    live.on_frame(lost, frame(0, "Kept.", end=True), 1.0)
    live.on_frame(lost, frame(1, "heard aga"), 2.0)
    live.lose_connection()
    live.on_frame(lost, frame(1, "heard again", end=True), 3.0)
    live.on_closed(lost, 1011, "")
    assert live.snapshot.transcript.text == "Kept."
    assert (live.settled, live.snapshot.next_turn, lost.error) == (list(live.snapshot.transcript.turns), 1, None)
    assert lost.closed
    live.switch_to(live.new_connection())
    live.on_frame(live.connection, frame(0, "heard again", end=True), 4.0)
    assert live.snapshot.transcript.text == "Kept.\nheard again"
    assert Tape.of(recorder).transcript == live.snapshot.transcript
