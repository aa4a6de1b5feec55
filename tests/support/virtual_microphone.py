"""A microphone without hardware: a private PulseAudio daemon whose null sink is heard by PortAudio."""

import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from support.waiting import LIMIT_S

_PROGRAMS = ("pulseaudio", "pactl", "paplay")
_NAMES = {"vmic": ("vmic", "Virtual Mic"), "vspk_monitor": ("vspk.monitor", "Virtual Speaker Monitor")}
# Without norewinds the null sink renders two seconds ahead and the first block comes late.
_MODULES = (
    "module-null-sink sink_name=vspk norewinds=1 rate=16000 channels=1 format=s16le",
    "module-remap-source master=vspk.monitor source_name=vmic",
)


def require_pulseaudio() -> None:
    """Skip the test without PulseAudio, but fail on CI, which installs it."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        reason = f"needs {', '.join(missing)}: apt-get install pulseaudio pulseaudio-utils libasound2-plugins"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


class VirtualMicrophone:
    """``with VirtualMicrophone(tmp_path) as microphone:`` runs a daemon of its own until the block ends.

    PortAudio lists devices when it is imported, so a capturing test runs in a child process with ``env``.
    There the devices ``vmic`` and ``vspk_monitor`` exist besides ALSA's own "default" and "pulse".
    """

    def __init__(self, tmp_path: Path) -> None:
        require_pulseaudio()
        # A Unix socket path must be short, which tmp_path may not be: only its last part is kept.
        self._run = Path("/tmp") / f"vmic-{os.getpid()}-{tmp_path.name[-24:]}"
        self._socket = self._run / "native"
        alsa = self._run / "alsa.conf"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PULSE_")},
            "XDG_RUNTIME_DIR": str(self._run),
            "PULSE_RUNTIME_PATH": str(self._run),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_STATE_PATH": str(self._run / "state"),
            "PULSE_CONFIG_PATH": str(self._run / "config"),
            "ALSA_CONFIG_PATH": str(alsa),
        }
        self._alsa = alsa
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._run.mkdir(mode=0o700)
        devices = "".join(
            f'pcm.{name} {{ type pulse device {source} hint {{ show on description "{text}" }} }}\n'
            for name, (source, text) in _NAMES.items()
        )
        self._alsa.write_text(f"</usr/share/alsa/alsa.conf>\n{devices}", encoding="utf-8")
        modules = [f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}", *_MODULES]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        command += ["--disable-shm=yes", f"--log-target=file:{self._run}/pulse.log"]
        command += [part for module in modules for part in ("-L", module)]
        self._daemon = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_until_ready()
            self._pactl("set-default-sink", "vspk")
            self._pactl("set-default-source", "vmic")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def play(self, wav_path: Path) -> "subprocess.Popen[bytes]":
        """Start to speak a 16 kHz mono wav in real time; ``wait()`` on the result waits for its end."""
        return subprocess.Popen(["paplay", str(wav_path)], env=self.env)

    def unplug(self) -> None:
        """Take the device away while it is in use."""
        for line in self._pactl("list", "short", "modules").splitlines():
            number, name = line.split("\t")[:2]
            if name == "module-null-sink":
                self._pactl("unload-module", number)

    def suspend(self) -> None:
        """Stop the flow of sound from ``vmic`` without any sign of it."""
        self._pactl("suspend-source", "vmic", "1")

    def resume_source(self) -> None:
        """Let the sound flow again."""
        self._pactl("suspend-source", "vmic", "0")

    def listeners(self) -> int:
        """How many streams record from the daemon just now."""
        return len(self._pactl("list", "short", "source-outputs").splitlines())

    def _pactl(self, *arguments: str) -> str:
        done = subprocess.run(
            ["pactl", *arguments], env=self.env, capture_output=True, text=True, timeout=LIMIT_S, check=True
        )
        return done.stdout

    def _wait_until_ready(self) -> None:
        assert self._daemon is not None
        deadline = time.monotonic() + LIMIT_S
        pause = threading.Event()
        while time.monotonic() < deadline and self._daemon.poll() is None:
            try:
                if "vmic" in self._pactl("list", "short", "sources"):
                    return
            except subprocess.CalledProcessError:
                pass
            pause.wait(0.02)
        log = self._run / "pulse.log"
        said = log.read_text(encoding="utf-8") if log.exists() else ""
        raise RuntimeError(f"PulseAudio was not ready in {LIMIT_S:.0f} s: {said}")

    def _stop(self) -> None:
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGTERM)
            try:
                self._daemon.wait(5)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait(LIMIT_S)
        shutil.rmtree(self._run, ignore_errors=True)
