"""What a sound file really holds: its length by its content, and where its header says something else.

No claim of a header and no estimate is believed: packets of compressed sound are counted, PCM is measured by the
bytes that are there.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ipyscribe.audio.block import AudioNotice
from ipyscribe.audio.decoder import CONVERT, Decoder, PacketCount
from ipyscribe.audio.ogg import OggPages
from ipyscribe.errors import AudioFileError

TAIL_S = 1.0
"""If no more than this is missing at the end, the rest is read, with a notice."""
# A recorder that could not rewind leaves the largest length that it can write in a wav header.
_UNKNOWN_LENGTH = 0x7FFF_0000
_LEAST_REST_S = 0.05
_LOSSLESS = ("flac", "alac", "tta", "wavpack")
_LOSSY_TOLERANCE_S = 0.1
_PCM_CONTAINERS = ("wav", "aiff", "au", "caf", "w64", "nistsphere")
_EXACT_HEADERS = ("flac", "mov,mp4,m4a,3gp,3g2,mj2", "tta", "wv", "matroska,webm")
_FILE_STARTS = (b"RIFF", b"RF64", b"FORM", b".snd", b"caff", b"riff", b"NIST")


@dataclass(frozen=True, slots=True)
class SoundFileInfo:
    """``frames`` is the length that is there, in samples per channel; None where the packets do not tell.

    ``expected_frames`` is the number that an exact header promises, None without one; up to ``tolerance_frames``
    may be missing without a notice. ``notice`` is a warning for the user, ``ignore_length`` how a wav is to be opened;
    ``pcm_frame_bytes`` is the size of one PCM sample of all channels, 0 for compressed sound. ``several_rates`` as in
    ``PacketCount``.
    """

    rate_hz: int
    channels: int
    format: str
    frames: int | None
    expected_frames: int | None = None
    tolerance_frames: int = 0
    notice: AudioNotice | None = None
    ignore_length: bool = False
    pcm_frame_bytes: int = 0
    several_rates: bool = False

    @property
    def missing_frames(self) -> int:
        """How much less there is than an exact header promises."""
        short = 0 if self.frames is None else (self.expected_frames or 0) - self.frames
        return short if short > self.tolerance_frames else 0


def inspect(path: Path | bytes, name: str) -> SoundFileInfo:
    """The properties of a sound file. Raises AudioFileError if none of it can be read."""
    with io.BytesIO(path) if isinstance(path, bytes) else path.open("rb") as file:
        try:
            decoder = Decoder(io.BytesIO(path) if isinstance(path, bytes) else str(path), name)
        except AudioFileError as error:
            if _bytes_at(file, 4, 4) == b"ftyp":
                raise AudioFileError(
                    f"{name!r} is cut off: its index, which an MP4 file often has at its end, is missing.",
                    advice="Copy or download it again.",
                ) from error
            raise
        try:
            info = _pcm_info(decoder, file, name) if _is_pcm(decoder) else _packet_info(decoder, file, name)
            if info.several_rates or _is_odd_flac(info):
                decoder.close()
                decoder = Decoder(io.BytesIO(path) if isinstance(path, bytes) else str(path), name)
                info = replace(info, frames=decoder.count_frames())
        finally:
            decoder.close()
    if info.frames == 0:
        raise AudioFileError(
            f"{name!r} is {decoder.format} and has no audio samples, or was cut off.",
            advice="Record or export it again.",
        )
    _check_decodable(path, name)
    return info


def _check_decodable(path: Path | bytes, name: str) -> None:
    """Raise AudioFileError if not one packet can be decoded."""
    decoder = Decoder(io.BytesIO(path) if isinstance(path, bytes) else str(path), name)
    try:
        if next(decoder.frames(), None) is None:
            raise AudioFileError(
                f"{name!r} is not a sound file that can be read (none of its {decoder.codec} packets can be decoded).",
                advice=CONVERT,
            )
    finally:
        decoder.close()


def _is_odd_flac(info: SoundFileInfo) -> bool:
    """Whether a FLAC file is joined, cut or damaged: FFmpeg's parser counts the packets there wrongly."""
    return info.format == "flac" and info.expected_frames not in (None, info.frames)


def cut_off_notice(name: str, missing_s: float) -> AudioNotice:
    """The notice that a little of what the header promises is missing at the end or in the middle."""
    length = f"{missing_s:.2f} s" if missing_s >= 0.01 else "less than 0.01 s"
    return AudioNotice(
        "cut_off",
        f"{name!r} is cut off or damaged: of the sound that its header declares, {length} is missing.",
        "Copy or download it again if that matters.",
    )


def _is_pcm(decoder: Decoder) -> bool:
    return decoder.codec.startswith("pcm_") and decoder.format in _PCM_CONTAINERS


def _bytes_at(file: BinaryIO, position: int, count: int) -> bytes:
    file.seek(position)
    return file.read(count)


def _pcm_info(decoder: Decoder, file: BinaryIO, name: str) -> SoundFileInfo:
    """PCM lies in the file as it is: its length follows from where it begins and where the file ends."""
    start = next((packet.pos for packet in decoder.packets() if packet.size), None)
    size, frame_bytes = file.seek(0, io.SEEK_END), decoder.pcm_frame_bytes
    available = 0 if start is None else (size - start) // frame_bytes
    info = SoundFileInfo(decoder.rate_hz, decoder.channels, decoder.format, available, pcm_frame_bytes=frame_bytes)
    if start is None or info.frames is None:
        return info
    claimed = _claimed_pcm_bytes(decoder, file, start)
    if claimed == 0:
        return replace(info, notice=_no_length_notice(name, info.frames / info.rate_hz))
    if claimed is None or claimed >= _UNKNOWN_LENGTH:
        return info
    if start + claimed > size:
        missing_s = claimed / frame_bytes / info.rate_hz - info.frames / info.rate_hz
        return replace(info, expected_frames=-(-claimed // frame_bytes), notice=cut_off_notice(name, missing_s))
    return _with_remainder(info, file, name, start + claimed, claimed // frame_bytes)


def _claimed_pcm_bytes(decoder: Decoder, file: BinaryIO, start: int) -> int | None:
    """How many bytes of sound the header promises; 0 where it leaves that open, None where it does not say."""
    if decoder.format == "wav" and (head := _bytes_at(file, start - 8, 8)).startswith(b"data"):
        size = int.from_bytes(head[4:], "little")
        if size != 0xFFFF_FFFF:
            return size
    frames = decoder.header_frames
    return None if frames is None else frames * decoder.pcm_frame_bytes


def _with_remainder(info: SoundFileInfo, file: BinaryIO, name: str, end: int, frames: int) -> SoundFileInfo:
    """``info`` of a file whose sound ends at byte ``end`` by its header, and the bytes after that."""
    size = file.seek(0, io.SEEK_END)
    rest = _bytes_at(file, end, 12)
    for skipped in (0, 1):  # chunks begin at even places
        if rest[skipped:].startswith(_FILE_STARTS):
            raise AudioFileError(
                f"{name!r} is several sound files concatenated: another begins at byte {end + skipped:,}.",
                advice="Join their sound instead of their bytes, e.g. with: sox A.wav B.wav BOTH.wav; or name each.",
            )
    if (
        info.format != "wav"
        or size - end < _LEAST_REST_S * info.rate_hz * info.pcm_frame_bytes
        or _is_chunk(rest, size - end)
    ):
        return replace(info, frames=frames)
    return replace(
        info,
        ignore_length=True,
        notice=AudioNotice(
            "wrong_length",
            f"The header of {name!r} declares {frames / info.rate_hz:.1f} s of sound, and the file goes on: "
            f"all {(info.frames or 0) / info.rate_hz:.1f} s are read.",
        ),
    )


def _is_chunk(rest: bytes, size: int) -> bool:
    """Whether ``rest`` begins with a RIFF chunk that ends within the file."""
    for skipped in (0, 1):
        kind, length = rest[skipped : skipped + 4], rest[skipped + 4 : skipped + 8]
        if kind.isascii() and kind.decode("ascii", "replace").isprintable() and len(length) == 4:
            return int.from_bytes(length, "little") + 8 <= size
    return False


def _no_length_notice(name: str, seconds: float) -> AudioNotice:
    return AudioNotice(
        "no_length",
        f"The header of {name!r} gives no length, as where a recorder was killed: "
        f"all {seconds:.1f} s in the file are read.",
    )


def _packet_info(decoder: Decoder, file: BinaryIO, name: str) -> SoundFileInfo:
    """Compressed sound is measured by its packets, which are read and not decoded."""
    count = decoder.count_packets()
    frames, complete = count.frames, True
    if decoder.format == "ogg":
        pages = OggPages(file)
        rate_hz = 48_000 if decoder.codec == "opus" else decoder.rate_hz
        frames, complete = round(pages.samples * decoder.rate_hz / rate_hz), pages.complete
    elif decoder.format.startswith("mov,"):
        _refuse_joined_mp4(file, name)
    info = SoundFileInfo(
        decoder.rate_hz,
        decoder.channels,
        decoder.format,
        frames or None if count.packets else 0,
        expected_frames=_expected_frames(decoder, file, count),
        tolerance_frames=0 if decoder.codec in _LOSSLESS else round(_LOSSY_TOLERANCE_S * decoder.rate_hz),
        several_rates=count.several_rates,
    )
    if not complete:
        return replace(
            info,
            notice=AudioNotice(
                "cut_off",
                f"{name!r} is cut off: its last Ogg page is missing, and with it an unknown length of sound.",
                "Copy or download it again if its end matters.",
            ),
        )
    if info.missing_frames:
        return replace(info, notice=cut_off_notice(name, info.missing_frames / info.rate_hz))
    return info


def _expected_frames(decoder: Decoder, file: BinaryIO, count: PacketCount) -> int | None:
    """What an exact header promises; estimates are none."""
    if decoder.format == "mp3":
        promised = _xing_frames(_bytes_at(file, 0, count.first_position or 0))
        return None if promised is None else promised * decoder.codec_frame_size - count.trimmed
    return decoder.header_frames if decoder.format in _EXACT_HEADERS else None


def _xing_frames(head: bytes) -> int | None:
    """The number of MPEG frames by the Xing, Info or VBRI header before the first packet, if there is one."""
    for mark in (b"Xing", b"Info"):
        header = head[head.rfind(mark) :] if mark in head else b""
        if len(header) >= 12 and header[7] & 1:
            return int.from_bytes(header[8:12], "big") or None
    header = head[head.rfind(b"VBRI") :] if b"VBRI" in head else b""
    return int.from_bytes(header[14:18], "big") or None


def _refuse_joined_mp4(file: BinaryIO, name: str) -> None:
    """An MP4 file is read up to its own end; another one behind it would be lost without a word."""
    size, at = file.seek(0, io.SEEK_END), 0
    while at + 8 <= size:
        head = _bytes_at(file, at, 16)
        if at and head[4:8] == b"ftyp":
            raise AudioFileError(
                f"{name!r} is several MP4 files concatenated: another begins at byte {at:,}.",
                advice="Join their sound instead of their bytes, with ffmpeg's concat filter; or name each of them.",
            )
        length = int.from_bytes(head[:4], "big")
        at += int.from_bytes(head[8:], "big") if length == 1 else length or size
        if length not in (0, 1) and length < 8:
            return
