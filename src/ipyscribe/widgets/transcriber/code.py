"""The Python that does what a widget did: with ipyscribe, or with nothing but a WebSocket.

It is ASCII. No key and no token is ever written into it: they come from the environment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from ipyscribe.access.endpoint import API_VERSION, HOSTS, Address
from ipyscribe.audio import AudioFile, AudioSource, Microphone, sample_path
from ipyscribe.audio.channels import channel_index
from ipyscribe.protocol import PARAMETERS, Model
from ipyscribe.protocol.parameters import on_the_wire

LOCAL_ADDRESS = "ws://127.0.0.1:8765"
_KEY = 'os.environ["ASSEMBLYAI_API_KEY"]'
_TEMPLATE = Path(__file__).with_name("plain_client.txt")
_STANDIN = "recording.wav"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a session is made of. ``own_key`` is true where a key was given for the endpoint, ``token`` a token."""

    model: Model
    source: AudioSource | None
    endpoint: str | None
    own_key: bool
    token: bool
    limits: Mapping[str, float]
    parameters: Mapping[str, Any]


def scribe_code(setup: Setup) -> str:
    """A script that makes the same session with ipyscribe."""
    source, note = _source(setup.source)
    here = setup.model.local or setup.endpoint == "local"
    at_assemblyai = not here and (setup.endpoint is None or setup.endpoint in HOSTS)
    arguments: dict[str, str] = {"source": source}
    if setup.endpoint is not None:
        arguments["endpoint"] = _literal(setup.endpoint)
    if setup.token:
        arguments |= {"token": 'os.environ["ASSEMBLYAI_TOKEN"]'}
        key_note = "# A temporary token is taken from ASSEMBLYAI_TOKEN."
    elif setup.own_key and not (at_assemblyai or here):
        arguments["api_key"] = _KEY
        key_note = "# The key is taken from ASSEMBLYAI_API_KEY."
    else:
        key_note = "# The key is taken from ASSEMBLYAI_API_KEY, or from scribe.login()." if at_assemblyai else ""
    arguments |= {name: repr(value) for name, value in setup.limits.items()}
    arguments |= {name: _value(name, value) for name, value in setup.parameters.items()}
    needs_os = any("os.environ" in value for value in arguments.values())
    head = ["import os", ""] if needs_os else []
    notes = [line for line in (note, key_note) if line]
    given = "".join(f"    {name}={value},\n" for name, value in arguments.items())
    return (
        "\n".join([*head, "import ipyscribe as scribe", "", *notes])
        + f"\nsession = scribe.Session(\n    {_literal(setup.model.name)},\n{given})\n"
        "with session:\n"
        "    for turn in session.iter_turns():\n"
        '        print(f"{turn.start_ms / 1000:7.2f} s  {turn.text}")\n'
    )


def plain_code(setup: Setup) -> str:
    """A script for ``websocket-client`` alone, which speaks the v3 protocol itself."""
    here = setup.model.local or setup.endpoint == "local"
    endpoint = "edge" if setup.endpoint is None else setup.endpoint
    base = LOCAL_ADDRESS if here else HOSTS.get(endpoint, endpoint)
    wanted: dict[str, str] = {"speech_model": _literal(setup.model.name), "sample_rate": "SAMPLE_RATE"}
    wanted |= {name: _wire_code(name, value) for name, value in on_the_wire(setup.parameters).items()}
    keyed = not here and (endpoint in HOSTS or setup.own_key or setup.token)
    headers = {"AssemblyAI-Version": _literal(API_VERSION)} | ({"Authorization": "API_KEY"} if keyed else {})
    reads_file = not isinstance(setup.source, Microphone) and not getattr(setup.source, "live", False)
    serve = f"ipyscribe serve --port 8765 --no-token{'' if setup.model.local else ' --simulate'}"
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        model=_literal(setup.model.name),
        needs="soundfile" if reads_file else "sounddevice",
        os="import os\n" if keyed or any("os.environ" in value for value in wanted.values()) else "",
        server=f"# This computer's recogniser has to run: {serve}\n" if here else "",
        key=f"API_KEY = {_KEY}\n" if keyed else "",
        audio=_file_audio(setup.source) if reads_file else _microphone_audio(setup.source),
        parameters="".join(f"    {json.dumps(name)}: {value},\n" for name, value in wanted.items()),
        endpoint=_literal(Address(base, None).url),
        headers=", ".join(f"{json.dumps(name)}: {value}" for name, value in headers.items()),
    )


def _source(source: AudioSource | None) -> tuple[str, str]:
    """The expression that makes a source, and what has to be said of it."""
    if isinstance(source, AudioFile) and source.path is not None:
        pace = [] if source.speed == 1.0 else [f"speed={_number(source.speed)}"]
        whole = not source.start_s and source.stop_s is None and not source.silence_s and source.channel == "mix"
        if source.path == sample_path() and whole:
            return f"scribe.sample({', '.join(pace)})", ""
        part = [f"start_s={source.start_s!r}"] if source.start_s else []
        part += [] if source.stop_s is None else [f"stop_s={source.stop_s!r}"]
        part += [f"silence_s={source.silence_s!r}"] if source.silence_s else []
        part += [] if source.channel == "mix" else [f"channel={_literal(source.channel)}"]
        return f"scribe.AudioFile({', '.join([_literal(str(source.path)), *part, *pace])})", ""
    if isinstance(source, Microphone):
        device = [] if source.device is None else [_literal(source.device)]
        channel = [] if source.channel == "mix" else [f"channel={_literal(source.channel)}"]
        return f"scribe.Microphone({', '.join([*device, *channel])})", ""
    if source is not None and source.live:
        return (
            "scribe.Microphone()",
            "# The widget used another microphone; this one is that of the machine the code runs on.",
        )
    return (
        f"scribe.AudioFile({_literal(_STANDIN)})",
        f"# The sound was in the notebook's memory; save it as {_STANDIN}.",
    )


def _file_audio(source: AudioSource | None) -> str:
    path, note, start_s, stop_s, speed, mono = _STANDIN, "", 0.0, None, 1.0, "block.mean(axis=1)"
    if isinstance(source, AudioFile) and source.path is not None:
        path, start_s, stop_s, speed = str(source.path), source.start_s, source.stop_s, source.speed
        if source.channel != "mix":
            mono = f"block[:, {channel_index(source.channel, source.channels or 1, source.label)}]"
    else:
        note = f"# The sound was in the notebook's memory; save it as {_STANDIN}.\n"
    stop = "None" if stop_s is None else f"int({stop_s!r} * SAMPLE_RATE)"
    return (
        f"{note}AUDIO_FILE = {_literal(path)}\nSPEED = {_number(speed)}  # 1.0 is the pace of speech\n"
        "SAMPLE_RATE = soundfile.info(AUDIO_FILE).samplerate\n\n\n"
        "def audio_chunks():\n"
        '    """Chunks of 100 ms, at the pace at which they were spoken."""\n'
        f"    begin, size = int({start_s!r} * SAMPLE_RATE), SAMPLE_RATE // 10\n"
        f'    blocks = soundfile.blocks(AUDIO_FILE, size, dtype="int16", always_2d=True, start=begin, stop={stop})\n'
        "    for block in blocks:\n"
        f'        yield {mono}.astype("<i2").tobytes()\n'
        "        time.sleep(len(block) / SAMPLE_RATE / SPEED)\n"
    )


def _microphone_audio(source: AudioSource | None) -> str:
    device = source.device if isinstance(source, Microphone) else None
    return (
        f"DEVICE = {_literal(device)}  # None is the system's default\nSAMPLE_RATE = 16000\n\n\n"
        "def audio_chunks():\n"
        '    """Chunks of 100 ms until Ctrl-C."""\n'
        "    size = SAMPLE_RATE // 10\n"
        "    with sounddevice.RawInputStream(\n"
        '        samplerate=SAMPLE_RATE, blocksize=size, device=DEVICE, channels=1, dtype="int16"\n'
        "    ) as stream:\n"
        "        while not stop_event.is_set():\n"
        "            yield bytes(stream.read(size)[0])\n"
    )


def _value(name: str, value: Any) -> str:
    return f"os.environ[{_literal(name.upper())}]" if _is_secret(name) else _literal(value)


def _is_secret(name: str) -> bool:
    """Whether its value must not be shown; what stands in ``extra`` has no row of its own."""
    return name in PARAMETERS and PARAMETERS[name].secret


def _wire_code(name: str, value: Any) -> str:
    """The value as the query has it: lower-case booleans, JSON for lists and objects."""
    if _is_secret(name):
        return _value(name, value)
    if isinstance(value, bool):
        return json.dumps(json.dumps(value))
    return f"json.dumps({_literal(value)})" if isinstance(value, (list, dict)) else _literal(value)


def _literal(value: Any) -> str:
    """``ascii`` with double quotes, as Python is written today: no letter of the code looks like another."""
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\x7f")  # JSON's escapes are Python's too
        return quoted.encode("ascii", "backslashreplace").decode("ascii")
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(name)}: {_literal(each)}' for name, each in value.items())}}}"
    return ascii(value)


def _number(value: float) -> str:
    return 'float("inf")' if math.isinf(value) else repr(value)
