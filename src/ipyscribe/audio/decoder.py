"""Sequential decoding of sound files with PyAV (FFmpeg's libraries): every sample, in order, from the first on."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from ipyscribe.errors import AudioFileError, MissingDependencyError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONVERT = "Any wav, flac, ogg, mp3 or m4a will do; ffmpeg makes one with: ffmpeg -i INPUT -ac 1 -ar 16000 OUTPUT.flac"

# Playlists and scripts are left out: they name other files and addresses, which FFmpeg would open.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,eac3,flac,flv,gsm,ircam,matroska,mov,mp3,mpeg,mpegts,"
    "nistsphere,ogg,oma,pvf,rso,smjpeg,sox,tak,tta,voc,w64,wav,wsaud,wv,xwma"
)
_FULL_SCALE = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "s64": 2.0**63, "flt": 1.0, "dbl": 1.0}
_MOST_READ_ERRORS = 100


def load_av() -> Any:
    """The module ``av``, imported on first use. Raises MissingDependencyError."""
    try:
        import av
    except (ImportError, OSError) as error:
        raise MissingDependencyError("av", purpose="Reading sound files", extra="files") from error
    return av


@dataclass(frozen=True, slots=True)
class PacketCount:
    """How many ``packets`` a stream has, and the length in samples per channel of their sound.

    ``trimmed`` samples at both ends, the encoder's delay and padding, are not in ``frames``. ``first_position`` is
    the byte at which the first packet begins. With ``several_rates`` the file is joined from streams of different
    sample rates, and ``frames`` is not to be relied upon: FFmpeg times those packets by the rate of others.
    """

    packets: int
    frames: int
    trimmed: int
    first_position: int | None
    several_rates: bool


class Decoder:
    """An open sound file, whose best audio stream is decoded once, from the beginning.

    ``file`` is a path or a binary file, which need not be able to seek. ``ignore_length`` reads a wav to the end of
    the file whatever its header says. Raises AudioFileError, or MissingDependencyError without ``av``.

    ``rate_hz`` and ``channels`` are those of the stream's header; ``faults`` counts packets that could not be
    decoded, ``first_fault_s`` says where the first one is.
    """

    def __init__(self, file: str | BinaryIO, name: str, *, ignore_length: bool = False) -> None:
        self._av = load_av()
        self._name = name
        self.faults = 0
        self.first_fault_s: float | None = None
        options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        if ignore_length:
            options["ignore_length"] = "1"
        try:
            self._container = self._av.open(f"file:{file}" if isinstance(file, str) else file, options=options)
        except (self._av.FFmpegError, ValueError) as error:
            raise AudioFileError(
                f"{name!r} is not a sound file that can be read ({_reason(error)}).", advice=CONVERT
            ) from error
        try:
            self._open_stream()
        except BaseException:
            self._container.close()
            raise

    def _open_stream(self) -> None:
        stream = self._container.streams.best("audio")
        if stream is None:
            raise AudioFileError(f"{self._name!r} has no audio stream, only other media.", advice=CONVERT)
        codec = stream.codec_context
        if codec is None or not stream.rate or not stream.channels:
            raise AudioFileError(
                f"{self._name!r} is not a sound file that can be read (no decoder for its audio codec).", advice=CONVERT
            )
        codec.thread_count = 1
        self.stream = stream
        self.format = str(self._container.format.name)
        self.codec = str(codec.name)
        self.rate_hz = int(stream.rate)
        self.channels = int(stream.channels)

    @property
    def header_frames(self) -> int | None:
        """The length in samples that the header promises or that FFmpeg estimates; None where neither is possible."""
        if self.stream.duration is not None:
            return round(float(self.stream.duration * self.stream.time_base) * self.rate_hz)
        if self._container.duration is not None and "matroska" in self.format:
            return int(self._container.duration * self.rate_hz / 1_000_000)
        return None

    @property
    def pcm_frame_bytes(self) -> int:
        """For PCM: the bytes of one sample of all channels."""
        return int(self.stream.codec_context.bit_rate) // (8 * self.rate_hz) or 1

    @property
    def codec_frame_size(self) -> int:
        """Samples in one frame of the codec, 0 where that varies."""
        return int(self.stream.codec_context.frame_size or 0)

    def count_packets(self) -> PacketCount:
        """Read all packets without decoding them."""
        packets = trimmed = 0
        seconds: Fraction | int = 0
        first_position = None
        rate_codes: set[int] = set()
        for packet in self.packets():
            if not packet.size:
                continue
            first_position = packet.pos if first_position is None else first_position
            packets += 1
            rate_codes.update(_rate_code(packet, self.format))
            seconds += (packet.duration or 0) * self.stream.time_base
            trimmed += _trimmed_samples(packet, self.format)
        frames = round(seconds * self.rate_hz)
        return PacketCount(packets, max(0, frames - trimmed), trimmed, first_position, len(rate_codes) > 1)

    def count_frames(self) -> int:
        """Decode everything to count its samples."""
        counts: Counter[int] = Counter()
        for rate_hz, frames in self.frames():
            counts[rate_hz] += len(frames)
        return round(sum(count * self.rate_hz / rate_hz for rate_hz, count in counts.items()))

    def packets(self) -> Iterator[Any]:
        """The packets of the stream. Where reading fails it goes on behind the fault."""
        packets = self._container.demux(self.stream)
        for _ in range(_MOST_READ_ERRORS):
            try:
                yield from packets
                return
            except self._av.error.EOFError:
                return
            except self._av.FFmpegError:
                self._fault(None)
                packets = self._container.demux(self.stream)  # a generator that has raised is over

    def frames(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The sample rate in Hz and the samples, shape (n, channels), of each decoded frame."""
        for packet in self.packets():
            if packet.is_corrupt and not self.codec.startswith("pcm_"):  # a short last packet of PCM is complete
                self._fault(packet)
            try:
                decoded = packet.decode()
            except self._av.error.EOFError:
                continue
            except self._av.FFmpegError:
                self._fault(packet)
                continue
            for frame in decoded:
                yield frame.sample_rate, _samples(frame)

    def _fault(self, packet: Any) -> None:
        self.faults += 1
        if self.first_fault_s is None and packet is not None and packet.pts is not None:
            self.first_fault_s = float(packet.pts * packet.time_base)

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()


def _rate_code(packet: Any, container: str) -> tuple[int, ...]:
    """The bits of an ADTS or MPEG audio packet's own header that stand for its sample rate; () where it has none."""
    head = bytes(packet)[:3]
    if container == "aac" and len(head) == 3 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return (head[2] & 0x3C,)
    if container == "mp3" and len(head) == 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return ((head[1] & 0x18) << 8 | head[2] & 0x0C,)
    return ()


def _trimmed_samples(packet: Any, container: str) -> int:
    """How many samples of this packet's duration are not heard, at its beginning and at its end."""
    for data in packet.iter_sidedata() if packet.has_sidedata("skip_samples") else ():
        if str(data.data_type) == "skip_samples":
            at_start, at_end = struct.unpack_from("<II", bytes(data))
            # The last packet of a CAF file is that much shorter already; FFmpeg takes off no more than there is.
            taken_off = container == "caf" and at_end > packet.duration
            return int(at_start) + (0 if taken_off else int(at_end))
    return 0


def _samples(frame: Any) -> NDArray[np.float32]:
    """The samples of a frame as float32 in [-1, 1], shape (n, channels)."""
    import numpy as np

    values = frame.to_ndarray()
    planar = frame.format.is_planar
    values = values.T if planar else values.reshape(frame.samples, -1)
    kind = frame.format.name.removesuffix("p") if planar else frame.format.name
    if kind == "u8":
        values = values.astype(np.float32) - 128
    samples: NDArray[np.float32] = (values / np.float32(_FULL_SCALE[kind])).astype(np.float32, copy=False)
    return samples


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
