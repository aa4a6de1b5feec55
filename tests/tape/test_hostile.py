"""Files that are no tapes, or want to do harm: a clear error each time, and nothing else."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tape.making import frame, rewritten, short_tape, use_all_of

from ipyscribe.errors import StorageError, TapeError
from ipyscribe.tape import Tape

BLOCK = "lanes/0/00000.jsonl"
SOUND = "lanes/0/sound.jsonl"
MANIFEST = "manifest.json"
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return short_tape().save(tmp_path_factory.mktemp("tape") / "good.tape")


def manifest(**changes: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[MANIFEST] = json.dumps(json.loads(parts[MANIFEST]) | changes).encode()

    return change


def lane(**changes: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        about = json.loads(parts[MANIFEST])
        about["lanes"][0] |= changes
        parts[MANIFEST] = json.dumps(about).encode()

    return change


def put(name: str, content: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts.update({name: content})


def drop(*names: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        for name in names:
            del parts[name]

    return change


def first_line(content: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts.update({BLOCK: content + b"\n" + parts[BLOCK]})


NESTED = b'{"t":0.1,"type":"status","status":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
MANY = b'{"t":0.1,"type":"connection_lost"}\n' * 5000
BROKEN: dict[str, Callable[[Parts], None]] = {
    "no manifest": drop(MANIFEST),
    "manifest is no JSON": put(MANIFEST, b"{"),
    "manifest is a list": put(MANIFEST, b"[]"),
    "manifest is empty": put(MANIFEST, b""),
    "manifest is no UTF-8": put(MANIFEST, b'{"format": "\xff\xfe"}'),
    "manifest nested deeply": put(MANIFEST, b"[" * 200_000),
    "manifest with NaN": manifest(audio_start=float("nan")),
    "another format": manifest(format="something else"),
    "a newer version": manifest(version=2),
    "version is a word": manifest(version="1"),
    "no lanes": manifest(lanes=[]),
    "lanes are a number": manifest(lanes=7),
    "too many lanes": lambda parts: manifest(lanes=json.loads(parts[MANIFEST])["lanes"] * 1000)(parts),
    "began is no time": manifest(began="yesterday"),
    "began is a number": manifest(began=1e300),
    "audio starts before the beginning": manifest(audio_start=-5),
    "model is a number": lane(model=5),
    "model is empty": lane(model=""),
    "price is infinite": lane(price_per_hour_usd=float("inf")),
    "offset beyond all sessions": lane(offset_s=1e300),
    "parameters are a list": lane(parameters=[1]),
    "a record that is no JSON": first_line(b"hello"),
    "a record that is a number": first_line(b"5"),
    "a record with NaN": first_line(b'{"t":NaN,"type":"connection_lost"}'),
    "a record at an infinite time": first_line(b'{"t":1e999,"type":"connection_lost"}'),
    "a record with a huge number": first_line(b'{"t":' + b"9" * 5000 + b',"type":"connection_lost"}'),
    "a record without its time": first_line(b'{"type":"connection_lost"}'),
    "a record without a value": first_line(b'{"t":0.1,"type":"received","connection":0}'),
    "a record of a wrong type": first_line(b'{"t":0.1,"type":"received","connection":"x","audio_ms":0,"text":"{}"}'),
    "a record with a negative connection": first_line(b'{"t":0.1,"type":"opened","connection":-1}'),
    "a record nested deeply": first_line(NESTED),
    "a record that is no UTF-8": first_line(b'{"t":0.1,"type":"status","status":"\xff"}'),
    "too many records in a part": put(BLOCK, MANY),
    "columns of two lengths": put(SOUND, b'{"t":0,"type":"captured","at":0,"samples":[1,2],"ms":[0]}\n'),
    "columns of words": put(SOUND, b'{"t":0,"type":"captured","at":0,"samples":["x"],"ms":[0]}\n'),
    "columns with negative lengths": put(
        SOUND, b'{"t":0,"type":"sent","connection":0,"at":0,"samples":[-1],"ms":[0]}\n'
    ),
    "columns that are no list": put(SOUND, b'{"t":0,"type":"captured","at":0,"samples":5,"ms":5}\n'),
    "sound that is none": put("audio.flac", b"fLaC" + b"\0" * 99),
}


@pytest.mark.parametrize("kind", list(BROKEN))
def test_a_broken_tape_gives_a_clear_error(saved: Path, kind: str) -> None:
    content = rewritten(saved, BROKEN[kind])
    with pytest.raises(TapeError) as caught:
        use_all_of(Tape.load(io.BytesIO(content)))
    assert caught.value.advice
    assert len(caught.value.message) < 600


def test_a_manifest_of_more_than_128_mib_is_refused(saved: Path) -> None:
    written = io.BytesIO(rewritten(saved, drop(MANIFEST)))
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(MANIFEST, "w") as part:
        for _ in range(129):
            part.write(b" " * 2**20)
    with pytest.raises(TapeError, match="larger than any part may be"):
        Tape.load(written)


HARMLESS: dict[str, Callable[[Parts], None]] = {
    "paths that lead outside": put("../../../outside.txt", b"x"),
    "an absolute path": put("/tmp/outside.txt", b"x"),
    "a part of a lane that leads outside": put("lanes/0/../../../outside.jsonl", b"{}"),
    "parts of a later format": put("lanes/0/pictures.bin", b"x"),
    "a record of a later kind": first_line(b'{"t":0.1,"type":"smell","strength":4}'),
    "values of a later format": first_line(b'{"t":0.1,"type":"status","status":"listening","mood":"good"}'),
    "a frame that is no JSON": first_line(b'{"t":0.1,"type":"received","connection":0,"audio_ms":0,"text":"<html>"}'),
    "a frame with NaN": first_line(
        b'{"t":0.1,"type":"received","connection":0,"audio_ms":0,"text":"{\\"turn_order\\":NaN,\\"type\\":\\"Turn\\"}"}'
    ),
    "a lane of which nothing is there": drop(BLOCK, SOUND),
    "an unknown connection": first_line(
        b'{"t":0.1,"type":"reconnected","connection":9,"from_samples":0,"first_turn":0,"lost_samples":0}'
    ),
}


@pytest.mark.parametrize("kind", list(HARMLESS))
def test_what_a_reader_does_not_know_is_left_alone(saved: Path, kind: str, tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b" / "c"
    inside.mkdir(parents=True)
    path = inside / "odd.tape"
    path.write_bytes(rewritten(saved, HARMLESS[kind]))
    use_all_of(Tape.load(path))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["odd.tape"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"PK",
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        b"RIFF" + bytes(100),
        b"\x80\x04pickle" * 9,
        b"{}" * 50,
    ],
    ids=["nothing", "a letter", "half a sign", "a sign alone", "an empty zip", "a wav", "a pickle", "JSON"],
)
def test_a_file_of_another_kind_is_named_as_such(content: bytes) -> None:
    with pytest.raises(TapeError, match="is not a tape"):
        Tape.load(io.BytesIO(content))


def test_a_bomb_is_not_unpacked(saved: Path) -> None:
    """A part that says it is small, and is not."""
    content = bytearray(rewritten(saved, put(BLOCK, bytes(50 * 2**20))))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        info = archive.getinfo(BLOCK)
    for at in _all_places(bytes(content), struct.pack("<I", info.file_size)):
        content[at : at + 4] = struct.pack("<I", 1000)
    with pytest.raises(TapeError, match="longer than it says"):
        use_all_of(Tape.load(io.BytesIO(bytes(content))))


def test_a_part_that_says_it_is_huge_is_not_read(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        info = archive.getinfo(BLOCK)
    for at in _all_places(bytes(content), struct.pack("<I", info.file_size)):
        content[at : at + 4] = struct.pack("<I", 2**31)
    with pytest.raises(TapeError, match="2 GiB"):
        Tape.load(io.BytesIO(bytes(content)))


def test_two_parts_of_one_name_are_refused(saved: Path) -> None:
    written = io.BytesIO(saved.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(written, "a") as archive:
        archive.writestr(BLOCK, "{}")
    with pytest.raises(TapeError, match="twice"):
        Tape.load(written)


def test_a_damaged_part_is_named(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        at = archive.getinfo(BLOCK).header_offset
    content[at + 80] ^= 0xFF
    with pytest.raises(TapeError, match=r"00000\.jsonl"):
        use_all_of(Tape.load(io.BytesIO(bytes(content))))


def test_an_encrypted_part_is_refused(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    for at in _all_places(bytes(content), b"PK\x01\x02"):
        content[at + 8] |= 1
    with pytest.raises(TapeError, match="encrypted"):
        use_all_of(Tape.load(io.BytesIO(bytes(content))))


def test_of_endless_open_turns_so_many_are_kept(saved: Path) -> None:
    def change(parts: Parts) -> None:
        for part in range(90):
            lines = [
                json.dumps(
                    {
                        "t": 1.0,
                        "type": "received",
                        "connection": 0,
                        "audio_ms": 0.0,
                        "text": frame(9_999_999 - order, "x").decode(),
                    }
                )
                for order in range(256 * part, 256 * (part + 1))
            ]
            parts[f"lanes/0/{part:05d}.jsonl"] = "\n".join(lines).encode()

    snapshot = Tape.load(io.BytesIO(rewritten(saved, change))).lane.snapshot_at(float("inf"))
    assert len(snapshot.transcript) == 20_000
    assert {message.problem for message in snapshot.unknown} == {"more than 20,000 turns that have not ended"}


@pytest.mark.parametrize("file", [None, 5, b"bytes", ["x"]])
def test_a_value_that_is_not_a_path_is_refused(file: Any) -> None:
    with pytest.raises(TapeError):
        Tape.load(file)


def test_a_missing_file_and_a_folder_without_a_tape_are_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nothing\.tape"):
        Tape.load(tmp_path / "nothing.tape")
    with pytest.raises(TapeError, match=r"manifest\.json"):
        Tape.load(tmp_path)


def test_links_in_a_folder_lead_nowhere(saved: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"t":0.5,"type":"notice","kind":"k","message":"private","advice":""}\n', encoding="utf-8")
    folder = tmp_path / "tape"
    (folder / "lanes" / "0").mkdir(parents=True)
    with zipfile.ZipFile(saved) as archive:
        (folder / MANIFEST).write_bytes(archive.read(MANIFEST))
    (folder / BLOCK).symlink_to(secret)
    assert list(Tape.load(folder).lanes[0].records()) == []


def _all_places(content: bytes, piece: bytes) -> list[int]:
    positions, at = [], content.find(piece)
    while at >= 0:
        positions.append(at)
        at = content.find(piece, at + 1)
    return positions


def test_compression_other_than_deflate_is_refused(saved: Path) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(saved) as good, zipfile.ZipFile(written, "w", zipfile.ZIP_BZIP2) as archive:
        for name in good.namelist():
            archive.writestr(name, good.read(name))
    with pytest.raises(TapeError, match="deflate"):
        Tape.load(written)


def test_an_invalid_deflate_stream_is_named(saved: Path) -> None:
    content = saved.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        info = archive.getinfo(MANIFEST)
    start = info.header_offset + 30 + len(MANIFEST)
    spoilt = content[:start] + bytes([0xFF] * info.compress_size) + content[start + info.compress_size :]
    with pytest.raises(TapeError, match=r"manifest\.json cannot be unpacked"):
        Tape.load(io.BytesIO(spoilt))
