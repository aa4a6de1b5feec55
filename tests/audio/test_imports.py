import subprocess
import sys

import ipyscribe.audio

HEAVY = ("numpy", "sounddevice", "soundfile", "soxr")


def test_importing_loads_no_audio_library():
    code = f"import sys, ipyscribe.audio; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_all_names_exist():
    assert list(ipyscribe.audio.__all__) == sorted(ipyscribe.audio.__all__, key=ipyscribe.audio.__all__.index)
    for name in ipyscribe.audio.__all__:
        assert getattr(ipyscribe.audio, name).__doc__
