"""Frames are written and read as another library writes and reads them, however the stream is cut."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from ipyscribe.connection.frames import (
    BINARY,
    CLOSE,
    MAX_FRAGMENTS,
    MAX_MESSAGE_BYTES,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    encode,
)

LENGTHS = [0, 1, 2, 3, 4, 5, 125, 126, 127, 1600, 65_535, 65_536, 70_001]
PAYLOADS = st.binary(max_size=300) | st.sampled_from([bytes(125), b"x" * 126, b"y" * 65_535, b"z" * 65_536])


def server_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin=final).serialize(mask=False)


def read_by_server(data: bytes) -> Frame:
    stream = StreamReader()
    stream.feed_data(data)
    parser = Frame.parse(stream.read_exact, mask=True)
    with pytest.raises(StopIteration) as done:
        next(parser)
    frame = done.value.value
    assert isinstance(frame, Frame)
    assert not stream.buffer
    return frame


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("opcode", [TEXT, BINARY, CLOSE, PONG])
def test_a_server_reads_encoded_frames(opcode: int, length: int) -> None:
    if opcode in (CLOSE, PONG) and length > 125:
        length = 125
    payload = bytes(index % 251 for index in range(length))
    frame = read_by_server(encode(opcode, payload))
    assert (int(frame.opcode), bytes(frame.data), frame.fin) == (opcode, payload, True)


def test_every_frame_has_its_own_mask() -> None:
    assert len({encode(BINARY, bytes(16))[2:6] for _ in range(600)}) > 590


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_has_masks_of_its_own() -> None:
    code = (
        "import os; from ipyscribe.connection.frames import BINARY, encode; encode(BINARY, b'');"
        "child = os.fork(); child and os.waitpid(child, 0); print(encode(BINARY, b'')[2:6].hex(), flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert len(set(done.stdout.split())) == 2


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, bytes]]]:
    """The bytes of a server, fragmented messages with pings in between too, and the messages expected of them."""
    sent, expected = b"", []
    for _ in range(draw(st.integers(0, 6))):
        opcode = draw(st.sampled_from([TEXT, BINARY]))
        pieces = draw(st.lists(PAYLOADS, min_size=1, max_size=4))
        for index, piece in enumerate(pieces):
            last = index == len(pieces) - 1
            sent += server_frame(0 if index else opcode, piece, final=last)
            if not last and draw(st.booleans()):
                sent += server_frame(PING, b"still there?")
                expected.append((PING, b"still there?"))
        expected.append((opcode, b"".join(pieces)))
    return sent, expected


def split(data: bytes, positions: list[int]) -> Iterator[bytes]:
    edges = sorted({0, len(data), *(position % (len(data) + 1) for position in positions)})
    for begin, end in itertools.pairwise(edges):
        yield data[begin:end]


@given(conversations(), st.lists(st.integers(0, 2**20), max_size=12))
def test_messages_are_complete_however_the_stream_is_cut(
    conversation: tuple[bytes, list[tuple[int, bytes]]], positions: list[int]
) -> None:
    sent, expected = conversation
    reader = FrameReader()
    assert [message for data in split(sent, positions) for message in reader.feed(data)] == expected


def test_messages_are_complete_when_every_byte_comes_alone() -> None:
    sent = server_frame(TEXT, b"a" * 200) + server_frame(TEXT, b"b", final=False) + server_frame(0, b"c")
    reader = FrameReader()
    messages = [message for byte in sent for message in reader.feed(bytes([byte]))]
    assert messages == [(TEXT, b"a" * 200), (TEXT, b"bc")]


REFUSED = {
    "masked": lambda: encode(TEXT, b"masked"),
    "extended": lambda: b"\xc1\x01a",
    "rest of none": lambda: server_frame(0, b"the rest of none"),
    "within another": lambda: server_frame(TEXT, b"begun", final=False) + server_frame(TEXT, b"another"),
    "too long": lambda: b"\x82\x7f" + (MAX_MESSAGE_BYTES + 1).to_bytes(8, "big"),
    "longest": lambda: b"\x82\x7f" + (2**64 - 1).to_bytes(8, "big"),
    "too long in pieces": lambda: server_frame(TEXT, bytes(MAX_MESSAGE_BYTES), final=False) + server_frame(0, b"x"),
    "too many pieces": lambda: server_frame(TEXT, b"", final=False) + server_frame(0, b"", final=False) * MAX_FRAGMENTS,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_frames_that_no_server_may_send_are_refused(kind: str) -> None:
    data = REFUSED[kind]()
    with pytest.raises(FrameError):
        FrameReader().feed(data)
